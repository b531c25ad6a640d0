import Base
import Language

// A small vocabulary in the likeness of the real one, to try the language on.

struct Images: Value, OptionValue, Equatable {
  static let typeName = "images"
  var count = 60
  var part = "all"
  var summary: String { "\(count) images (\(part))" }
  var memberNames: [String] { part == "all" ? ["train", "test", "count"] : ["count"] }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "count": Number(count)
    case "train" where part == "all": Images(count: 50, part: "train")
    case "test" where part == "all": Images(count: 10, part: "test")
    default: nil
    }
  }

  func element(at index: IndexValue) throws -> any Value {
    if index == .key("first") { return Images(count: 1, part: "first") }
    return Images(count: try index.positions(in: count, of: "image").count, part: "some")
  }
}

struct Change: Value, OptionValue, Equatable {
  static let typeName = "augmentation"
  static let words = ["paper", "none"]
  var text: String
  var summary: String { text }

  static func word(_ word: String) -> Change? { words.contains(word) ? Change(text: "preset \(word)") : nil }

  static func read(_ value: any Value) throws -> Change {
    if let change = value as? Change { return change }
    guard let list = value as? List else { throw Mismatch(expected: typeName, found: value) }
    return Change(text: "(" + (try list.values.map { try read($0).text }).joined(separator: ", ") + ")")
  }
}

final class Model: Value, OptionValue {
  static let typeName = "model"
  var steps = 0
  let size: Int
  init(size: Int) { self.size = size }
  var summary: String { "model of size \(size) after \(steps) steps" }
  var memberNames: [String] { ["size", "steps"] }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "size": Number(size)
    case "steps": Number(steps)
    default: nil
    }
  }
}

final class Table: Value, OptionValue {
  static let typeName = "table"
  var rows: [[(name: String, value: any Value)]] = []
  var summary: String {
    "table: "
      + rows.map { $0.map { "\($0.name) \($0.value.summary)" }.joined(separator: ", ") }.joined(
        separator: "; ")
  }
  var memberNames: [String] { rows.first?.map(\.name) ?? [] }

  func member(_ name: String) -> (any Value)? {
    memberNames.contains(name) ? List(rows.compactMap { row in row.first { $0.name == name }?.value }) : nil
  }
}

enum Optimizer: String, CaseIterable, OptionValue { case adam, sgd, greyscale }

struct LoadOptions { var count = 60 }
struct FolderOptions { @Required var path: FilePath }
struct SampleOptions {
  @Required var images: Images
  var count = 10
  var seed: Int?
}
struct CropOptions { var scale: ClosedRange<Float> = 0.25...1 }
struct FlipOptions { var chance = 0.5 }
struct EitherOptions { var parts: [Change] = [] }
struct ModelOptions {
  var size = 64
  var temperature: Float = 0.5
  var head = [512, 128]
  var augment = Change(text: "preset paper")
}
struct TrainOptions {
  @Required var model: Model
  @Required var on: Images
  var epochs = 20
  var batch = 128
  var rate: Float = 1e-3
  var optimizer = Optimizer.adam
  var warmUp = 0.0
  var shuffle = true
  var title = ""
}
struct ShowOptions {
  var what: [AnyValue] = []
  var colour = "black"
}
struct NeighbourOptions {
  @Required var among: AnyValue
  var query: [Int] = [0]
}
struct BarOptions {
  @Required var table: Table
  @Required var x: ColumnName
  var y: ColumnName?
}
struct AddOptions {
  @Required var table: Table
  var columns = NamedValues()
}
struct ForgetOptions { var names: [NameOfValue] = [] }
struct FailOptions { var how = "problem", at = 0 }

enum Unexplained: Error { case known, unknown }

let toyCommands: [any AnyCommand] = dataCommands + changeCommands + modelCommands + tableCommands

private let dataCommands: [any AnyCommand] = [
  Command(
    name: "load shapes", summary: "Load small pictures", gives: "images", group: "Data",
    defaults: LoadOptions(),
    options: [Option("count", \.count, "How many", in: 1...1000, unit: "pictures")],
    examples: ["x = load shapes", "load shapes count=3"], run: { options, _ in Images(count: options.count) }),
  Command(
    name: "load folder", summary: "Load a folder of pictures", gives: "images", group: "Data",
    defaults: FolderOptions(), arguments: [Argument("path", \.$path, "The folder")],
    examples: ["load folder \"pictures\""], run: { options, _ in Text(options.path.path) }),
  Command(
    name: "sample", summary: "Take some images at random", gives: "images", group: "Data",
    defaults: SampleOptions(),
    arguments: [
      Argument("images", \.$images, "Where from"), Argument("count", \.count, "How many", in: 1...),
    ],
    options: [Option("seed", \.seed, "For the same ones again", in: 0...)],
    examples: [Example(code: "sample few 5", setup: "few = load shapes")],
    run: { options, _ in
      guard options.count <= options.images.count else {
        throw Problem("There are only \(options.images.count) images.", about: "count", advice: "Take fewer.")
      }
      return Images(count: options.count, part: "sample")
    }),
  Command(
    name: "show", summary: "Show values", group: "Data", defaults: ShowOptions(),
    arguments: [.rest("what", \.what, "The values")], options: [Option("colour", \.colour, "Of the frame")],
    run: { options, context in
      context.host.write(options.what.map(\.value.summary).joined(separator: " | ") + "\n")
      return nil
    }),
  Command(
    name: "show neighbours", summary: "Show what is near", group: "Data", defaults: NeighbourOptions(),
    options: [
      Option("in", \.$among, "Among these"), Option("query", \.query, "Positions", in: 0...),
    ],
    run: { options, _ in Text("near \(options.query) in \(options.among.value.summary)") }),
]

private let changeCommands: [any AnyCommand] = [
  Command(
    name: "crop", summary: "Cut a part out", gives: "augmentation", group: "Changes", defaults: CropOptions(),
    options: [Option("scale", \.scale, "Share of the area", above: 0, below: 1.5)],
    run: { options, _ in Change(text: "crop \(options.scale.written)") }),
  Command(
    name: "flip", summary: "Mirror", gives: "augmentation", group: "Changes", defaults: FlipOptions(),
    options: [Option("chance", \.chance, "How often", in: 0...1)],
    run: { options, _ in Change(text: "flip \(options.chance.written)") }),
  Command(
    name: "grey", summary: "Take the colour out", gives: "augmentation", group: "Changes",
    run: { _ in Change(text: "grey") }),
  Command(
    name: "either", summary: "One of several at random", gives: "augmentation", group: "Changes",
    defaults: EitherOptions(), arguments: [.rest("parts", \.parts, "What to choose from", isRequired: true)],
    run: { options, _ in Change(text: "either " + options.parts.map(\.text).joined(separator: " ")) }),
]

private let modelCommands: [any AnyCommand] = [
  Command(
    name: "simclr", summary: "Make a model", gives: "model", group: "Models", defaults: ModelOptions(),
    options: [
      Option("size", \.size, "Width", in: 1...4096, unit: "channels"),
      Option("temperature", \.temperature, "Sharpness of the loss", above: 0),
      Option("head", \.head, "Widths of the head", in: 1...),
      Option("augment", \.augment, "How views are made"),
    ],
    run: { options, context in
      if let name = context.assignedName { context.host.write("named \(name)\n") }
      if context.isGiven("augment") { context.host.write("with \(options.augment.text)\n") }
      return Model(size: options.size)
    }),
  Command(
    name: "train", summary: "Train a model", details: "Changes the model.", gives: "number", group: "Models",
    defaults: TrainOptions(), arguments: [Argument("model", \.$model, "The model to train")],
    options: [
      Option("on", \.$on, "The images"), Option("epochs", \.epochs, "Passes over the images", in: 1...10_000),
      Option("batch", \.batch, "Images at once", in: 2..., unit: "images"),
      Option("rate", \.rate, "Learning rate", above: 0), Option("optimizer", \.optimizer, "Update rule"),
      Option("warm_up", \.warmUp, "Share of the steps", in: 0.0..<1),
      Option("shuffle", \.shuffle, "Mix the images"),
      Option("title", \.title, "What to call it"),
    ],
    examples: [Example(code: "train m on=few epochs=2", setup: "m = simclr\nfew = load shapes")],
    run: { options, context in
      for _ in 0..<options.epochs {
        try context.host.checkInterrupt()
        options.model.steps += 1
      }
      return Number(options.model.steps)
    }),
  Command(
    name: "fail", summary: "Fail in one of several ways", group: "Models", defaults: FailOptions(),
    options: [Option("how", \.how, "The way"), Option("at", \.at, "A number")],
    run: { options, _ in
      switch options.how {
      case "known": throw Unexplained.known
      case "unknown": throw Unexplained.unknown
      case "interrupt": throw Interrupted()
      default: throw Problem("It did not work", about: "at")
      }
    }),
]

private let tableCommands: [any AnyCommand] = [
  Command(
    name: "table", summary: "Make a table", gives: "table", group: "Tables", run: { _ in Table() }),
  Command(
    name: "add", summary: "Add a row", group: "Tables", defaults: AddOptions(),
    arguments: [Argument("table", \.$table, "The table")],
    options: [.others("columns", \.columns, "The cells")],
    run: { options, _ in
      options.table.rows.append(options.columns.pairs)
      return nil
    }),
  Command(
    name: "plot bars", summary: "Draw bars", gives: "text", group: "Tables", defaults: BarOptions(),
    arguments: [Argument("table", \.$table, "The table")],
    options: [Option("x", \.$x, "Along the bottom"), Option("y", \.y, "Upwards")], showsValue: true,
    run: { options, _ in Text("bars \(options.x.name) \(options.y?.name ?? "-")") }),
  Command(
    name: "forget", summary: "Forget names", group: "Tables", defaults: ForgetOptions(),
    arguments: [.rest("names", \.names, "The names")],
    run: { options, context in
      for name in options.names { context.workspace[name.name] = nil }
      return nil
    }),
]

/// A host that keeps what it was given, and asks to stop after so many questions.
final class ToyHost: Host {
  let workspace = Workspace()
  var turns: [Int] = []
  var shown: [any Value] = []
  var written = ""
  var patience = Int.max

  func show(_ value: any Value) { shown.append(value) }
  func write(_ text: String) { written += text }

  func checkInterrupt() throws {
    patience -= 1
    if patience < 0 { throw Interrupted() }
  }

  func explain(_ error: any Error) -> Problem? {
    error as? Unexplained == .known ? Problem("A known misfortune", advice: "Try again") : nil
  }
}

let toyVocabulary = Vocabulary(toyCommands)

func toyInterpreter() -> (Interpreter, ToyHost) {
  let host = ToyHost()
  return (Interpreter(vocabulary: toyVocabulary, host: host), host)
}
