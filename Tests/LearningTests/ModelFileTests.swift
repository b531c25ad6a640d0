import Base
import Foundation
import Images
import Learning
import Networks
import Testing

/// Files of models: those of earlier versions, the limits of this one, and what somebody changed in them.
@Suite("Model files")
struct ModelFileTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures").path

  private func temporary() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("model-\(UUID()).safetensors").path
  }

  private func bits(_ model: ContrastiveModel) -> [[UInt32]] {
    model.state.entries.map { $0.entry.tensor.elements.map(\.bitPattern) }
  }

  /// Everything that a history says, numbers to their last digit.
  private func words(_ history: History) -> String {
    "\(history.steps)\n\(history.epochs)\n\(history.metrics)\n\(history.measurements)\n\(history.described)"
  }

  @Test("files of every format open, and say the same after they were saved anew", arguments: [1, 2])
  func formats(format: Int) throws {
    func open(_ name: String) throws -> ContrastiveModel {
      let path = "\(Self.folder)/format-\(format)/\(name).safetensors"
      let model = try ContrastiveModel.open(path)
      let file = try Weights.read(path)
      #expect(file.metadata["contrast"]?.contains("\"format\":\(format),") == true)
      let again = temporary()
      defer { try? FileManager.default.removeItem(atPath: again) }
      try model.save(to: again)
      let second = try ContrastiveModel.open(again)
      #expect(bits(second) == bits(model) && second.augmentation == model.augmentation)
      #expect(second.normalisation == model.normalisation && second.method.settings == model.method.settings)
      #expect(words(second.history) == words(model.history))
      return model
    }
    let model = try open("simclr")
    #expect(
      try (model.method as? SimCLRMethod)?.ntXent == NTXent(temperature: 0.25) && model.head.widths == [3, 2])
    let history = model.history
    // Six steps of two epochs, and one by `step`.
    #expect(
      history.steps.count == 7 && history.looseSteps == 1 && history.epochs.map(\.stepsSoFar) == [3, 6])
    #expect(history.measurements.map(\.epoch) == [0, 1, 2] && history.measured == [.alignment, .knn])
    #expect(history.chance(.knn) == 0.1 && history.chance(.alignment) == nil)
    #expect(
      history.epochs[1].seconds > 0 && history.epochs[1].waited != nil
        && Float(history.steps[6].rate) == 0.001)
    #expect(model.normalisation != nil)
    let taught = try open("supervised")
    #expect(taught.method.classes == Shapes.classes && taught.history.lossName == "Cross entropy")
    let fresh = try open("fresh")
    #expect(fresh.encoder.architecture == "vit" && fresh.history.steps.isEmpty && fresh.normalisation == nil)
  }

  @Test("a file of a later format is refused by its version, one of none as damaged")
  func laterFormat() throws {
    for (format, fact) in [
      ("3", "format: 3, newest: 2"), ("99", "format: 99, newest: 2"), ("0", "unclear("), ("-1", "unclear("),
      ("\"2\"", "unclear("),
    ] {
      let error = try #require(try failure("\"format\":1,", "\"format\":\(format),"))
      #expect("\(error)".contains(fact), "\(error)")
    }
  }

  /// The error of the SimCLR model of format 1 with these words in its card.
  private func failure(_ words: String, _ others: String) throws -> (any Error)? {
    let path = try changed("\(Self.folder)/format-1/simclr.safetensors") { card in
      #expect(card.contains(words))
      card = card.replacingOccurrences(of: words, with: others)
    }
    defer { try? FileManager.default.removeItem(atPath: path) }
    do {
      _ = try ContrastiveModel.open(path)
      return nil
    } catch  where Self.isRefusal(error) {
      return error
    }
  }

  /// Whether an error is one of those that a file may be refused with.
  private static func isRefusal(_ error: any Error) -> Bool {
    error is ModelFileError || error is WeightFileError || error is NetworkError || error is CNNError
      || error is ResNetError || error is ViTError || error is AugmentationError
  }

  /// A copy of a model's file with another card.
  private func changed(_ path: String, _ change: (inout String) throws -> Void) throws -> String {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = Int(bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    var header =
      try JSONSerialization.jsonObject(with: bytes[8..<8 + length]) as? [String: Any] ?? [:]
    var card = (header["__metadata__"] as? [String: String])?["contrast"] ?? ""
    try change(&card)
    header["__metadata__"] = ["contrast": card]
    let text = try JSONSerialization.data(withJSONObject: header)
    var length64 = UInt64(text.count).littleEndian
    let target = temporary()
    try (Data(bytes: &length64, count: 8) + text + bytes[(8 + length)...]).write(
      to: URL(fileURLWithPath: target))
    return target
  }

  @Test(
    "a number of the card that cannot be is one error, before anything is made",
    arguments: [
      ("\"head\":[3,2]", "\"head\":[65536,65536]", "weights: 4295623091"),
      ("\"head\":[3,2]", "\"head\":[3,2,3]", "name: \"head.4.weight\""),
      ("\"head\":[3,2]", "\"head\":[0]", "setting: \"head\""),
      ("\"head\":[3,2]", "\"head\":[-3]", "setting: \"head\""),
      ("\"width\":\"1\"", "\"width\":\"1024\"", "weights: 396444683"),
      ("\"width\":\"1\"", "\"width\":\"9223372036854775807\"", "width(9223372036854775807"),
      ("\"size\":\"8\"", "\"size\":\"9223372036854775807\"", "size(9223372036854775807"),
      ("\"size\":\"8\"", "\"size\":\"-9223372036854775808\"", "size(-9223372036854775808"),
      ("\"batch\":8", "\"batch\":9223372036854775807", "HistoryFault.batch("),
      ("\"batch\":8", "\"batch\":-1", "HistoryFault.batch("),
      ("\"stepsSoFar\":3", "\"stepsSoFar\":-9223372036854775808", "epochSteps("),
      ("\"stepsSoFar\":3", "\"stepsSoFar\":9", "epochSteps("),
      ("\"stepsSoFar\":6", "\"stepsSoFar\":2", "epochSteps("),
      ("\"number\":2", "\"number\":1", "epochOrder(1, after: 1)"),
      ("\"number\":2", "\"number\":9223372036854775807", "epochOrder("),
      ("\"temperature\":0.25", "\"temperature\":0", "temperature("),
      ("\"temperature\":0.25", "\"temperature\":-1", "temperature("),
      ("\"chance\":2.708", "\"chance\":1e999, \"x\":2.708", "unclear("),
      ("\"architecture\":\"cnn\"", "\"architecture\":\"resnet34\",\"stem\":\"cifar\"", "weights: "),
      (
        "\"architecture\":\"cnn\"",
        "\"architecture\":\"vit\",\"style\":\"standard\",\"layers\":\"96\",\"heads\":\"1\",\"patch\":\"1\",\"dropout\":\"0\"",
        "weights: "
      ),
      (
        "\"architecture\":\"cnn\",\"size\":\"8\"",
        "\"architecture\":\"vit\",\"style\":\"paper\",\"layers\":\"1\",\"heads\":\"1\",\"patch\":\"64\",\"dropout\":\"0\",\"size\":\"9223372036854775807\"",
        "size(9223372036854775807"
      ),
      ("\"scale\":[0.2,1]", "\"scale\":[1,0.2]", "unclear("),
      ("\"scale\":[0.2,1]", "\"scale\":[0,1]", "scale("),
    ])
  func impossible(words: String, others: String, fact: String) throws {
    let error = try #require(try failure(words, others))
    #expect("\(error)".contains(fact), "\(error)")
  }

  @Test(
    "any number of a card at its extremes is an error, or a model that can be looked at",
    arguments: ["simclr", "supervised", "fresh"])
  func extremes(name: String) throws {
    let extremes = [
      "0", "-1", "1e308", "-1e308", "1e-320", "9223372036854775807", "-9223372036854775808",
      "18446744073709551615",
      "65536", "1073741824", "0.5", "1e400", "null", "[]", "\"\"",
    ]
    let path = "\(Self.folder)/format-1/\(name).safetensors"
    let number = /-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?/
    var card = ""
    _ = try changed(path) { card = $0 }
    var (opened, refused) = (0, 0)
    for place in card.ranges(of: number) {
      for extreme in extremes {
        let file = try changed(path) { $0 = card.replacingCharacters(in: place, with: extreme) }
        defer { try? FileManager.default.removeItem(atPath: file) }
        do {
          let model = try ContrastiveModel.open(file)
          let history = model.history
          _ = (
            history.chanceLoss, history.floorLoss, history.looseSteps, history.recentLoss(20), history.seconds
          )
          #expect(history.measured.allSatisfy { !history.curve($0).values.isEmpty })
          try model.save(to: file)
          #expect(try words(ContrastiveModel.open(file).history) == words(history))
          opened += 1
        } catch  where Self.isRefusal(error) {
          refused += 1
        }
      }
    }
    #expect(opened > 10 && refused > 50, "\(opened) opened, \(refused) refused")
  }

  @Test("columns that are cut, of another kind, or hold what cannot be are refused")
  func columns() throws {
    let model = try ContrastiveModel.open("\(Self.folder)/format-2/simclr.safetensors")
    let file = try Weights.read("\(Self.folder)/format-2/simclr.safetensors")
    let good = StoredHistory.columns(of: model.history)
    let card = try #require(file.metadata["contrast"])
    let path = temporary()
    defer { try? FileManager.default.removeItem(atPath: path) }
    func open(_ columns: [Weights.Column]) throws -> (any Error)? {
      try Weights.write(model.state, columns: columns, metadata: ["contrast": card], to: path)
      do {
        _ = try ContrastiveModel.open(path)
        return nil
      } catch let error as ModelFileError {
        return error
      }
    }
    #expect(try open(good) == nil)
    for (place, column) in good.enumerated() {
      var others = good
      others[place] = Weights.Column(column.name, Array(column.values.dropLast()))
      #expect(try open(others) != nil, "\(column.name) is shorter than the others, or than the epochs say")
      others[place] = Weights.Column(column.name, [.infinity] + column.values.dropFirst())
      #expect(try open(others) != nil, "\(column.name) is infinite")
      if ["number", "epoch", "steps"].contains(where: column.name.hasSuffix) {
        for value in [0.5, -1, 1e300, 99] {
          others[place] = Weights.Column(column.name, [value] + column.values.dropFirst())
          #expect(try open(others) != nil, "\(column.name) begins with \(value)")
        }
      }
    }
  }

  @Test("what save writes open reads: millions of steps, a hundred thousand epochs, each measured")
  func limits() throws {
    let model = try ContrastiveModel.open("\(Self.folder)/format-1/simclr.safetensors")
    let once = model.history
    var history = once
    history.steps = (0..<1_500_000).map { once.steps[$0 % 7] }
    let epochs = (1...100_000).map { number in
      History.Epoch(
        number: number, loss: 1 / Double(number), metrics: [0.5], seconds: 0.25, imagesPerSecond: 1e5,
        waited: number % 2 == 0 ? nil : 0.5, rate: 1e-3, stepsSoFar: 15 * number)
    }
    let measurements = (1...100_000).map { number in
      History.Measurement(
        epoch: number,
        readings: number % 3 == 0
          ? [] : [.init(.knn, 1 / Double(number), chance: 0.1), .init(Metric("top-1 of ∅"), 3)], seconds: 1)
    }
    history = History(
      steps: history.steps, epochs: epochs, metrics: [.top1], measurements: measurements, batch: 1 << 40,
      chance: 5, floor: nil,
      lossKind: nil)
    model.history = history
    let path = temporary()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.save(to: path)
    let again = try ContrastiveModel.open(path).history
    #expect(again.steps.count == 1_500_000 && again.steps.map(\.loss) == history.steps.map(\.loss))
    #expect(
      again.epochs.map(\.loss) == epochs.map(\.loss) && again.epochs.map(\.waited) == epochs.map(\.waited))
    #expect(again.measurements.map(\.readings) == measurements.map(\.readings) && again.batch == 1 << 40)
    #expect(again.curve(.knn).values.count == 66_667)
  }

  @Test("metadata says under plain names what a program needs that uses the encoder elsewhere")
  func plainNames() throws {
    let path = temporary()
    defer { try? FileManager.default.removeItem(atPath: path) }
    for name in ["simclr", "supervised", "fresh"] {
      let model = try ContrastiveModel.open("\(Self.folder)/format-2/\(name).safetensors")
      try model.save(to: path)
      let found = try Weights.read(path).metadata
      for (name, value) in model.encoder.metadata { #expect(found[name] == value) }
      func list(_ name: String) throws -> [Float]? {
        try found[name].map { try JSONDecoder().decode([Float].self, from: Data($0.utf8)) }
      }
      #expect(try list("mean") == model.normalisation?.mean && list("std") == model.normalisation?.deviation)
      #expect((found["mean"] == nil) == (name == "fresh"))
    }
  }

  @Test("a header that could not be read again is not written")
  func header() throws {
    let path = temporary()
    let state = State(of: ProjectionHead(input: 1, widths: [1], seed: 1))
    #expect {
      try Weights.write(state, metadata: ["a": String(repeating: "x", count: 100_000_001)], to: path)
    } throws: {
      if case .longHeader(path, _, most: 100_000_000)? = $0 as? WeightFileError { true } else { false }
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
