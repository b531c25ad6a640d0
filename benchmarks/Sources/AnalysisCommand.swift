import Analysis
import ArgumentParser
import Tensors

/// `benchmark analysis CASE FILE.npy`: principal components, a map, or a search for neighbours, of rows in a file.
struct AnalysisCommand: ParsableCommand {
  enum Case: String, CaseIterable, ExpressibleByArgument { case pca, tsne, neighbours }

  static let configuration = CommandConfiguration(
    commandName: "analysis",
    abstract: "Seconds of pca, tsne or neighbours on the rows of a NumPy file, and how good the result is.",
    discussion: "benchmarks/peers/analysis_data.py makes the files.")

  @Argument(help: ArgumentHelp("Which analysis.", valueName: "case"))
  var name: Case
  @Argument(help: "A file in NumPy's format, Float32 rows.")
  var file: String
  @Option(help: "Only the first of the rows.")
  var rows: Int?
  @Option(help: "Principal components; half of what there are where that is fewer.")
  var components = 512
  @Option(help: "How components are found: automatic, exact or randomised.")
  var solver = "automatic"
  @Option(help: "Learning rate of the map, instead of the rows' own.")
  var rate: Float?
  @Option(help: "Iterations of the map after the exaggerated ones, instead of its own.")
  var iterations: Int?
  @Option(help: "Dimensions of the map.")
  var dimensions = 2

  func validate() throws {
    guard (rows ?? 1) >= 1, components >= 1 else {
      throw ValidationError("There is nothing to analyse: write --rows 5000 --components 512.")
    }
    guard PCA.Solver(rawValue: solver) != nil else {
      throw ValidationError("There is no solver \(solver). Write automatic, exact or randomised.")
    }
  }

  func run() throws {
    var x = try readNumPy(file)
    if let rows, rows < x.shape[0] { x = x.rows(0..<rows) }
    var line = Line(name: name.rawValue, rows: x.shape[0], columns: x.shape[1])
    let run = Run()
    switch name {
    case .pca: try reduce(x, &line, run: run)
    case .tsne: try map(x, &line, run: run)
    case .neighbours: try search(x, &line, run: run)
    }
    line.seconds = line.seconds.short
    try printLine(line)
  }

  private func reduce(_ x: Tensor, _ line: inout Line, run: Run) throws {
    let count = min(components, min(x.shape[0], x.shape[1]) / 2)
    let (time, pca) = try timed {
      let pca = try PCA(of: x, components: count, solver: PCA.Solver(rawValue: solver)!, run: run)
      _ = try pca.project(x, run: run)
      return pca
    }
    line.seconds = time
    line.explained = pca.explained.reduce(0, +)
    line.solver = pca.solver.rawValue
  }

  private func map(_ x: Tensor, _ line: inout Line, run: Run) throws {
    var tsne = TSNE()
    tsne.rate = rate
    tsne.dimensions = dimensions
    if let iterations { tsne.iterations = iterations }
    let (time, map) = try timed { try tsne.map(x, run: run) }
    line.seconds = time
    line.divergence = map.divergence
    line.trust = try trustworthiness(of: map.points, rows: x, run: run)
  }

  private func search(_ x: Tensor, _ line: inout Line, run: Run) throws {
    let queries = x.rows(0..<min(max(1, x.shape[0] / 5), 10_000))
    let (time, near) = try timed {
      try neighbours(of: queries, in: x, count: min(10, x.shape[0]), metric: .euclidean, run: run)
    }
    line.seconds = time
    line.checksum = near.indices.reduce(0) { sum, row in
      row.enumerated().reduce(sum) { $0 + $1.element * (1 + $1.offset) }
    }
  }

  private func timed<Result>(_ body: () throws -> Result) throws -> (Double, Result) {
    let clock = ContinuousClock()
    let start = clock.now
    let result = try body()
    return ((clock.now - start) / .seconds(1), result)
  }

  private struct Line: Encodable {
    let name: String
    let rows, columns: Int
    var seconds = 0.0
    var explained, divergence, trust: Double?
    var solver: String?
    var checksum: Int?

    init(name: String, rows: Int, columns: Int) {
      (self.name, self.rows, self.columns) = (name, rows, columns)
    }

    enum CodingKeys: String, CodingKey {
      case name = "case"
      case rows, columns, seconds, explained, divergence, solver, checksum
      case trust = "trustworthiness"
    }
  }
}
