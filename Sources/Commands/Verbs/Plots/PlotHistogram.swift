import Figures
import Language

struct PlotHistogram {
  @Required var of: NumbersValue
  var x = ColumnName("")
  var by: ColumnName?
  var bins: Int?
  var share: Bool?
  var title: Label?

  static let command: Command<PlotHistogram> = Command(
    name: "plot histogram",
    summary: "A histogram: how many values fall into each of several equal intervals.",
    details: """
      The values are a list's numbers, all entries of a matrix or an embedding, or the column x of a table. Groups of different \
      sizes are shown as per cent of each group unless share=false.
      """,
    gives: "figure", group: "Plots", defaults: PlotHistogram(),
    arguments: [Argument("of", \.$of, "Numbers: a list, a table, a matrix or an embedding")],
    options: [
      Option("x", \.x, "Column of a table"),
      Option("by", \.by, "Column of a table whose values become overlaid histograms"),
      Option(
        "bins", \.bins, "Approximate number of intervals; default: chosen by the spread of the values",
        in: 1...10_000),
      Option(
        "share", \.share, "Show per cent of each group instead of counts; default: when groups differ in size"
      ),
      .title(\.title),
    ],
    examples: [
      Example(
        code: "plot histogram (similarity few)", setup: "few = (load shapes train=60 test=10 size=16).train")
    ],
    showsValue: true
  ) { options, context in
    var groups = [Histogram.Group(values: [])]
    var label: String?
    switch options.of {
    case .values(let values, let name):
      groups[0].values = values
      label = name
    case .table(let table):
      let numbers = try table.numbers(options.x, about: command.word(\.x))
      label = options.x.name
      groups[0].values = numbers
      if let by = options.by {
        let found = NamedGroups(try table.cells(by, about: command.word(\.by)))
        guard found.keys.count <= 10 else {
          throw Problem(
            "`\(by.name)` has \(Format.count(found.keys.count)) different values, and at most 10 histograms can be overlaid",
            about: command.word(\.by), advice: Advice.keepFewer(by))
        }
        groups = found.all.map { name, rows in
          Histogram.Group(name: name, values: rows.map { numbers[$0] })
        }
      }
    }
    guard groups.contains(where: { $0.values.contains(where: \.isFinite) }) else {
      throw Problem("there are no values to count", about: command.word(\.$of))
    }
    let asShare = options.share ?? (Set(groups.map(\.values.count)).count > 1)
    var figure = Figure(
      title: options.title,
      marks: [.histogram(Histogram(groups: groups, bins: options.bins, asShare: asShare))])
    figure.xLabel = label.map(Label.plain)
    return FigureValue(figure)
  }
}

/// A value that contains numbers.
enum NumbersValue: OptionValue {
  static let typeName = "list of numbers, table, matrix or embedding"
  var written: String { "" }
  case values([Double], name: String?)
  case table(TableValue)

  static func read(_ value: any Value) throws -> NumbersValue {
    switch value {
    case let table as any TableLike: return .table(table.frozen)
    case let matrix as MatrixValue: return .values(matrix.offDiagonal, name: matrix.label)
    case let embedding as EmbeddingValue:
      return .values(embedding.rows.elements.map(Double.init), name: "entries of \(embedding.origin)")
    case let list as List:
      return .values(
        try list.values.enumerated().map { place, value in
          guard let number = value as? Number else {
            var fault = Mismatch(expected: typeName, found: value)
            fault.path = [place]
            throw fault
          }
          return number.value
        }, name: nil)
    default: throw Mismatch(expected: typeName, found: value)
    }
  }
}
