import Analysis
import Commands
import Tensors
import Testing

@Suite("Words for the errors of the modules below") struct WordsTests {
  private static let memory = MemoryShortage(needed: 4_000_000, available: 1_000_000)

  private static let analysis: [any Error] = [
    RowsError.few(.map, least: 8, rows: 1), RowsError.empty(.components(3)), RowsError.notFinite,
    RowsError.memory(.neighbours(1), rows: 8, memory), RowsError.differ(.alignment, [3, 1], [3, 2]),
    PCAError.count(0, rows: 5, columns: 1), PCAError.width(3, rows: 4), PCAError.eigenvectorsDiverge,
    PCAError.singularValuesDiverge, NeighboursError.count(3, available: 0),
    NeighboursError.width(3, among: 4),
    NeighboursError.half(2, rows: 2), NeighboursError.half(3, rows: 5), MapError.dimensions(4),
    MapError.perplexity(.nan, rows: 9), MapError.exaggeration(0), MapError.rate(-1), MapError.noIterations,
    MapError.diverged(rate: 50), MapError.placed(points: 1, rows: 2), MapError.compared(points: 2, rows: 1),
    MapError.width(3, new: 4),
  ]

  private static let words = Set(Verbs.all.flatMap(\.parameters).map(\.name))

  @Test("name options that commands declare, and need no name of a case", arguments: analysis)
  func declared(error: any Error) throws {
    let problem = try #require(Session().explain(error))
    let said = problem.message + " " + (problem.advice ?? "")
    #expect(!said.contains("\\") && !said.contains("Error") && !said.contains("Optional"), "\(said)")
    if let about = problem.about { #expect(Self.words.contains(about), "\(about)") }
  }

  @Test("follow counts and the memory that there is")
  func counts() throws {
    func said(_ error: any Error) -> String? {
      Session().explain(error).map { "\($0.message); \($0.advice ?? "")" }
    }
    #expect(
      said(RowsError.memory(.neighbours(1), rows: 8, Self.memory))
        == "a search for 1 neighbour of 8 rows would take about 4 MB of memory, and 1 MB are free; take 2 rows or fewer"
    )
    #expect(
      said(NeighboursError.half(150, rows: 300))
        == "`k` is 150, and trustworthiness asks for less than half of 300 rows; use k from 1 to 149")
  }
}
