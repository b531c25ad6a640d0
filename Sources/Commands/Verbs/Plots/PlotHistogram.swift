import Figures
import Language

struct PlotHistogram {
  @Required var of: NumbersValue
  var x = ColumnName("")
  var by: ColumnName?
  var bins: Int?
  var share: Bool?
  var title: Label?

  static let command = Command(
    name: "plot histogram", summary: "How often values fall into each of equal intervals.",
    details: """
      Of a list its numbers, of a matrix or an embedding all its entries, of a table the column x. Groups of different \
      sizes are compared by share=true, which they are unless told otherwise.
      """,
    gives: "figure", group: "Plots", defaults: PlotHistogram(),
    arguments: [Argument("of", \.$of, "Numbers: a list, a table, a matrix or an embedding")],
    options: [
      Option("x", \.x, "Of a table: the column"),
      Option("by", \.by, "Of a table: one histogram for each value of this column, over one another"),
      Option(
        "bins", \.bins, "About how many intervals; as the spread of the values asks for", in: 1...10_000),
      Option("share", \.share, "Per cent of each group rather than counts"),
      Option("title", \.title, "Text above the figure"),
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
      let numbers = try table.numbers(options.x, about: "x")
      label = options.x.name
      groups[0].values = numbers
      if let by = options.by {
        let found = NamedGroups(try table.cells(by, about: "by"))
        guard found.keys.count <= 10 else {
          throw Problem(
            "`\(by.name)` has \(Format.count(found.keys.count)) different values, and over one another 10 can be told apart",
            about: "by", advice: "keep fewer rows first: filter t \(by.name)=[…]")
        }
        groups = found.all.map { name, rows in
          Histogram.Group(name: name, values: rows.map { numbers[$0] })
        }
      }
    }
    guard groups.contains(where: { $0.values.contains(where: \.isFinite) }) else {
      throw Problem("there are no numbers to count", about: "of")
    }
    let asShare = options.share ?? (Set(groups.map(\.values.count)).count > 1)
    var figure = Figure(
      title: options.title,
      marks: [.histogram(Histogram(groups: groups, bins: options.bins, asShare: asShare))])
    figure.xLabel = label.map(Label.plain)
    return FigureValue(figure)
  }
}

/// Whatever holds numbers.
enum NumbersValue: OptionValue {
  static let typeName = "list of numbers, table, matrix or embedding"
  var written: String { "" }
  case values([Double], name: String?)
  case table(TableValue)

  static func read(_ value: any Value) throws -> NumbersValue {
    switch value {
    case let table as TableValue: return .table(table.frozen)
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
