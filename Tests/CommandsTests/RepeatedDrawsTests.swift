import Commands
import Testing

/// Loops whose turns draw the same are told, and those that rightly do are left alone.
@Suite("Repeated draws")
struct RepeatedDrawsTests {
  private static let setup = """
    few = load shapes train=40 test=20 size=16
    h = pca few components=4
    t = table
    m = simclr (cnn width=1 size=8) head=[]
    """

  /// What a cell writes that begins a line with a command and speaks of turns.
  private func note(_ cell: String) throws -> String? {
    let session = Session()
    try session.gather(Self.setup)
    let lines = try session.gather(cell).text.split(separator: "\n").filter { $0.contains("turn") }
    #expect(lines.count <= 1, "once for a cell, not for a turn: \(lines)")
    return lines.first.map(String.init)
  }

  @Test(
    "a loop over numbers whose turns draw the same is told, once, with what to write",
    arguments: [
      (
        "for i in 0..<3 { some = sample few 5 }",
        "`sample` draws the same in every turn of the loop: nothing that it is given changes. "
          + "For another draw in each, write seed=i."
      ),
      ("n = 5\nfor run in 1...2 {\n  print \"{run}\"\n  a = split few 50%\n}", "write seed=run."),
      ("for i in 0..<2 { v = pairs few[0..<4] with=(crop scale=[0.5, 1]) }", "`pairs` draws"),
      ("for i in 0..<2 { s = load shapes train=10 test=10 size=16 }", "`load shapes` draws"),
      ("for i in 0..<2 { n = 5\nsome = sample few n\nb = pairs some }", "`sample` and `pairs` do the same"),
      ("for i in 0..<2 { for n in [4, 8] { some = sample few n } }", "write seed=i."),
      ("if 1 == 1 { for i in 0..<2 { if h.count > 3 { some = sample few 5 } } }", "write seed=i."),
      ("for i in 0..<2 { show few count=3 }", "`show` draws"),
      ("for i in 0..<2 { show few with=simclr }", "write seed=i."),
      ("for i in 0..<2 { measure m on=few.test }", "`measure` draws"),
      ("for i in 0..<2 { plot network m on=few }", "`plot network` draws"),
      (
        "for i in 0..<2 { n = simclr (cnn width=1 size=8) head=[]\nstep n on=few batch=2 }",
        "`step` does the same"
      ),
      (
        "for i in 0..<2 { e = cnn width=2 size=8 }",
        "`cnn` starts from the same weights in every turn of the loop."
      ),
      (
        "for i in 0..<2 { n = supervised (vit layers=1 heads=1 patch=8 size=8)\nprint \"{i}\"\nadd t run=i x=(embed few with=n).count }",
        "`vit` and `supervised` start from the same weights in every turn of the loop. For other weights in each, begin the turn with: seed i"
      ),
      (
        "for i in 0..<2 { n = simclr (resnet18 width=1 size=8) head=[]\ntrain n on=few epochs=1 batch=20 seed=i; }",
        "`resnet18` and `simclr` start from"
      ),
      (
        """
        for i in 0..<2 {
          m = simclr (cnn width=1 size=8) head=[]
          train m on=few epochs=1 batch=20;
          c = classifier on=(embed few with=m) hidden=0 epochs=1
          add t run=i accuracy=(evaluate c on=(embed few.test with=m))
        }
        """,
        "`train` and `classifier` do the same in every turn of the loop: nothing given to them changes. "
          + "For other draws in each, begin the turn with: seed i"
      ),
    ])
  func told(cell: String, words: String) throws {
    let note = try #require(try note(cell), "\(cell)")
    #expect(note.hasSuffix(words) || note.contains(words), "\(note)")
  }

  @Test(
    "nothing is said where a turn has a seed, where something changes, and where settings are compared on one draw",
    arguments: [
      "some = sample few 5",
      "for i in 0..<2 { some = sample few 5 seed=i }",
      "for i in 0..<2 { some = sample few 5 seed=7 }",
      "for i in 0..<2 { seed i\nsome = sample few 5 }",
      "for i in 0..<2 { some = sample few (5 + i) }",
      "for i in 0..<2 { v = pairs few[i..<i + 2] }",
      "for i in 0..<2 { n = 2 * i + 4\nsome = sample few n }",
      "n = 4\nfor i in 0..<2 { some = sample few n\nn = n + 1 }",
      "x = few\nfor i in 0..<2 { x = sample x 5 }",
      "for n in [4, 8] { some = sample few 5\nv = pairs some[0..<n / 2] }",
      "for i in 0..<2 { e = cnn width=2 size=8 seed=i\nn = simclr e }",
      "for i in 0..<2 { e = cnn width=2 size=8\nh = embed few[0..<5 + i] with=(simclr e) }",
      "e = cnn width=2 size=8\nfor i in 0..<2 { seed i\nn = simclr e\ntrain n on=few epochs=1 batch=20 seed=i; }",
      "for i in 0..<2 { show few count=3 seed=i }",
      "for i in 0..<2 { show t }",
      "for i in 0..<2 { show few }",
      "for i in 0..<2 { show few[i..<i + 3] count=3 }",
      "for i in 0..<2 { measure h }",
      "for i in 0..<2 { p = pca few components=4 }",
      // Another step of the same model takes other images.
      "for i in 0..<2 { step m on=few batch=2 }",
      // The same model goes on with its training, and what it makes of pictures changes.
      "for i in 0..<2 { train m on=few epochs=1 batch=20; }",
      "for i in 0..<2 {\ntrain m on=few epochs=1 batch=20;\nc = classifier on=(embed few with=m) epochs=1\n}",
      // The same start for trainings on more and more images.
      "for i in 1..<3 {\nm = simclr (cnn width=1 size=8) head=[]\ntrain m on=few[0..<10 * i] epochs=1 batch=5;\n}",
      "for i in 0..<2 { if i == 1 { some = sample few 5 } }",
      "for i in 0..<2 { n = 4\nif i == 1 { n = 5 }\nsome = sample few n }",
    ])
  func quiet(cell: String) throws {
    #expect(try note(cell) == nil, "\(cell)")
  }

  @Test("help of every command that draws says what holds in a loop")
  func help() throws {
    let commands = Verbs.all.filter { command in
      command.parameters.contains { $0.name == "seed" && $0.role == .option }
    }
    #expect(commands.count >= 15)
    for command in commands {
      if case .none = command.chance {
        #expect(command.name == "pca", "nothing is said of \(command.name) in a loop")
      }
      let text = try Session().gather("help \(command.name)").results[0].text
      #expect(text.replacing("\n", with: " ").contains("session"), "\(command.name): \(text)")
    }
  }
}
