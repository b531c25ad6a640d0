import Base
import Commands
import FrontEnd
import Language
import Tensors
import Testing

@Suite("Memory is asked for before it is taken")
struct MemoryTests {
  private static let setup = """
    few = (load shapes train=100 test=10 size=16).train
    e = cnn width=16 size=16
    model = simclr e
    """

  /// A cell, the kilobytes that are free, and the text under the caret.
  private static let cells: [(cell: String, free: Int, caret: String)] = [
    ("resnet18 width=512", 2_000_000, "512"), ("resnet34 width=512", 5_000_000, "512"),
    ("cnn width=256", 60_000, "256"),
    ("vit style=standard width=768 heads=12 layers=12 size=32 patch=4", 300_000, "768"),
    ("vit layers=24 heads=6", 200_000, "24"),
    ("simclr e head=[16384, 16384, 16384, 16384]", 2_000_000, "[16384, 16384, 16384, 16384]"),
    ("supervised (resnet34 width=256)", 1_000_000, "256"), ("embed few with=model", 60_000, "few"),
    ("embed few with=model output=z", 60_000, "few"), ("measure model on=few", 60_000, "measure"),
    ("train model on=few batch=100", 71_000, "100"),
    ("train model on=few batch=100 chunk=50", 71_000, "50"),
    ("train model on=few batch=4", 60_000, "model"), ("step model on=few batch=100", 71_000, "100"),
    ("train model on=few batch=4 watch=[spread]", 70_000, "train"),
    ("classifier on=few hidden=65536", 100_000, "65536"), ("pca few", 200, "few"),
    ("tsne few", 200, "few"),
    ("knn few among=few k=5", 1_000, "knn"), ("neighbours few k=5", 1_000, "neighbours"),
    ("measure few", 1_000, "measure"), ("similarity few", 200, "few"),
    ("pca few components=50 solver=exact", 400, "pca"),
  ]

  @Test("a command that would take more than is free says so, and what would do")
  func refused() throws {
    let session = Session()
    try session.gather(Self.setup)
    for (cell, free, caret) in Self.cells {
      guard let error = MachineMemory.$assumed.withValue(free << 10, operation: { session.failure(cell) })
      else {
        Issue.record("\(cell) asks for nothing")
        continue
      }
      let free = "of memory, and \(sized(free << 10)) are free"
      #expect(error.message.contains(free), "\(cell): \(error.message)")
      #expect(error.advice?.isEmpty == false, "\(cell): \(error.plainText)")
      #expect(error.underlined(in: cell) == caret, "\(cell): \(error.plainText)")
    }
    #expect(try session.gather("1 + 1").results.first?.text == "2")
  }

  /// What a message advises, as options to type: "use width from 1 to 15" is width=15.
  private func advice(_ error: CellError, instead of: String) -> [String] {
    let said = error.advice ?? ""
    let written = said.matches(of: /(?:head=\[[^\]]*\]|(?:chunk|batch|size|components)=\d+)/).map {
      String($0.0)
    }
    let ranges = said.matches(of: /[Uu]se (\w+) from \d+ to ([\d,]+)/).map {
      "\($0.1)=\($0.2.filter(\.isNumber))"
    }
    let counts = said.matches(of: /([\d,]+) (?:image|row)s? or fewer/).map {
      "few[0..<\($0.1.filter(\.isNumber))]"
    }
    return written + ranges + counts
  }

  @Test(
    "every number that is advised works when it is typed, also where a little less is free by then",
    arguments: [
      ("cnn width=256", 9_000), ("simclr e head=[9000, 9000]", 9_000), ("resnet18 width=512", 2_000_000),
      ("resnet34 width=512", 900_000), ("simclr (resnet34 width=512)", 300_000),
      ("supervised (cnn width=512)", 20_000),
      ("vit style=standard width=768 heads=12 layers=12 size=32 patch=4", 300_000),
      ("vit layers=24 heads=6", 200_000),
      ("train model on=few batch=100", 79_000), ("train model on=few batch=100 chunk=95", 79_000),
      ("step model on=few batch=100", 79_000), ("classifier on=few hidden=65536", 100_000),
      ("load shapes train=3000 test=10 size=64", 20_000),
    ])
  func advised(cell: String, free: Int) throws {
    let session = Session()
    try session.gather(Self.setup)
    let error = try #require(MachineMemory.$assumed.withValue(free << 10) { session.failure(cell) })
    let advised = advice(error, instead: cell)
    #expect(!advised.isEmpty, "\(error.said)")
    for option in advised {
      // In the place of what was written, or at the end.
      let name = option.prefix { $0 != "=" && $0 != "[" }
      let pattern = try Regex("\\b\(name)(?:=\\[[^\\]]*\\]|=\\d+|\\b)")
      let next = cell.contains(pattern) ? cell.replacing(pattern, with: option) : "\(cell) \(option)"
      let later = MachineMemory.$assumed.withValue((free - free / 10) << 10) { session.failure(next) }
      #expect(later == nil, "\(error.said)\n\(next): \(later?.said ?? "")")
    }
  }
}
