import Figures
import Language
import Learning
import Tensors

struct Save {
  @Required var model: ModelValue
  @Required var path: FilePath

  static let command = Command(
    name: "save", summary: "Write a model to a file.",
    details: """
      The format is safetensors, with torchvision's names for the encoder and head.… for the projection head, so that \
      PyTorch reads it. The file is written whole or not at all.
      """,
    group: "Files", defaults: Save(),
    arguments: [
      Argument("model", \.$model, "The model"),
      Argument("path", \.$path, "The file, as text: \"model.safetensors\""),
    ],
    examples: [
      Example(
        code: "save model \"model.safetensors\"\nagain = open \"model.safetensors\"",
        setup: "model = simclr (resnet18 width=4 size=16)")
    ]
  ) { options, context in
    try options.model.model.save(to: options.path.path)
    context.host.write("saved \(options.path.path)\n")
    return nil
  }
}

struct Open {
  @Required var path: FilePath

  static let command = Command(
    name: "open", summary: "Read a model that `save` wrote.", gives: "model", group: "Files",
    defaults: Open(),
    arguments: [Argument("path", \.$path, "The file, as text")],
    examples: [
      Example(
        code: "model = open \"model.safetensors\"",
        setup: "save (simclr (resnet18 width=4 size=16)) \"model.safetensors\"")
    ]
  ) { options, _ in ModelValue(try ContrastiveModel.open(options.path.path)) }
}

struct Export {
  @Required var value: AnyValue
  @Required var path: FilePath
  var width: Double?
  var dpi = 300.0

  static let command = Command(
    name: "export", summary: "Write a figure or a table to a file; `last` is what was shown last.",
    details: "A figure as PNG, SVG or PDF and a table as CSV, by the ending of the name.",
    group: "Files", defaults: Export(),
    arguments: [
      Argument("value", \.$value, "A figure or a table"),
      Argument("path", \.$path, "The file, as text: \"figures/loss.pdf\""),
    ],
    options: [
      Option(
        "width", \.width, "Width of a figure on paper; its own where it is left out", in: 1...200, unit: "cm"),
      Option("dpi", \.dpi, "Pixels an inch, of a PNG with a width", in: 36...1200),
    ],
    examples: [
      Example(
        code: "export (plot bars t x=name y=height) \"figure.pdf\" width=8.5",
        setup: "t = table\nadd t name=\"a\" height=1\nadd t name=\"b\" height=2")
    ]
  ) { options, context in
    let path = options.path.path
    let ending = path.split(separator: "/").last?.split(separator: ".").dropFirst().last?.lowercased() ?? ""
    let bytes: [UInt8]
    switch options.value.value {
    case let figure as FigureValue: bytes = try drawn(figure.figure, as: ending, options)
    case let images as ImagesValue:
      bytes = try drawn(
        Pictures.sample(of: images.set, perRow: 10, rows: 3, seed: context.session.seed), as: ending, options)
    case let table as TableValue: bytes = Array(try table.csv(ending: ending).utf8)
    case let history as HistoryValue: bytes = Array(try history.table.csv(ending: ending).utf8)
    default:
      throw Problem(
        "a figure or a table can be exported, and this is \(options.value.value.typeName)", about: "value")
    }
    try WholeFile.write(bytes, to: path)
    context.host.write("wrote \(options.path.path)\n")
    return nil
  }

  private static func drawn(_ figure: Figure, as ending: String, _ options: Export) throws -> [UInt8] {
    let figure = options.width.map { figure.resized(width: $0 * Figure.pointsPerCentimetre) } ?? figure
    switch ending {
    case "png": return Array(try figure.png(scale: options.width == nil ? 2 : options.dpi / 72))
    case "svg": return Array(try figure.svg().utf8)
    case "pdf": return Array(try figure.pdf())
    default:
      throw Problem(
        ending.isEmpty
          ? "the name has no ending to tell the format" : "a figure cannot be written as .\(ending)",
        about: "path", advice: "end the name in .pdf, .svg or .png")
    }
  }
}

extension TableValue {
  /// Comma-separated values, as spreadsheets read them.
  func csv(ending: String) throws -> String {
    guard ending == "csv" else {
      throw Problem("a table cannot be written as .\(ending)", about: "path", advice: "end the name in .csv")
    }
    func field(_ text: String) -> String {
      text.contains { $0 == "," || $0 == "\"" || $0.isNewline }
        ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
    let lines =
      [columns.map(field)]
      + rows.map { row in
        row.map { cell in
          switch cell {
          case .number(let value): "\(value)"
          case .text(let text): field(text)
          case .missing: ""
          }
        }
      }
    return lines.map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n"
  }
}
