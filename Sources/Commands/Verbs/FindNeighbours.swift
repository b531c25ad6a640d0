import Analysis
import Language

struct FindNeighbours {
  @Required var queries: RowsValue
  var among: RowsValue?
  var k = 5
  var metric = Distance.cosine

  static let command: Command<FindNeighbours> = Command(
    name: "neighbours", summary: "The nearest rows of each row: a table.",
    details: """
      The search is exact; equally near rows keep the order of the data. Without among, the rows are searched themselves, and no \
      row is its own neighbour. If there are labels, the table says which neighbours are of the same class.
      """,
    gives: "table", group: "Analysis", defaults: FindNeighbours(),
    arguments: [Argument("queries", \.$queries, "An embedding or images")],
    options: [
      Option("among", \.among, "The rows to search; default: the queries themselves"),
      Option("k", \.k, "Number of neighbours", in: 1...10_000),
      Option("metric", \.metric, "Measure of similarity or distance"),
    ],
    examples: [
      Example(
        code: "neighbours few[0..<3] among=few k=3",
        setup: "few = (load shapes train=60 test=10 size=16).train")
    ],
    showsValue: true
  ) { options, context in
    let run = context.run()
    let (queries, among) = (options.queries, options.among ?? options.queries)
    guard queries.images.count * options.k <= 1_000_000 else {
      throw Problem(
        "a table of \(Format.count(queries.images.count)) times \(Format.counted(options.k, "row")) is too long",
        about: command.word(\.$queries),
        advice: "ask for fewer: \(command.name) h[0..<100] \(command.word(\.among))=h")
    }
    let near = try Analysis.neighbours(
      of: try queries.matrix(run: run), in: try among.matrix(run: run), count: options.k,
      metric: options.metric,
      leavingOutSelf: options.among == nil, run: run)
    let value = options.metric == .cosine ? "similarity" : "distance"
    let hasClasses = queries.images.labels != nil && among.images.labels != nil
    var rows: [[TableValue.Cell]] = []
    for query in 0..<queries.images.count {
      for (rank, (row, number)) in zip(near.indices[query], near.values[query]).enumerated() {
        var cells: [TableValue.Cell] = [
          .number(Double(query)), .number(Double(rank + 1)), .number(Double(row)),
        ]
        if hasClasses, let own = Pictures.caption(queries.images, query),
          let other = Pictures.caption(among.images, row)
        {
          cells += [.text(own), .text(other), .text(own == other ? "same" : "other")]
        }
        rows.append(cells + [.number(Double(number))])
      }
    }
    return TableValue(
      columns: ["query", "rank", "row"] + (hasClasses ? ["class", "neighbour", "match"] : []) + [value],
      rows: rows)
  }
}
