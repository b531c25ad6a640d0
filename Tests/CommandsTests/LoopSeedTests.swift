import Commands
import Testing

/// Random commands in loops: each turn draws anew, the cell run again repeats it.
@Suite("Seeds of turns")
struct LoopSeedTests {
  private func session() throws -> Session {
    let session = Session()
    try session.gather("few = load shapes train=60 test=10 size=16")
    return session
  }

  private func drawn(_ cell: String, _ session: Session) throws -> [String] {
    try session.gather(cell).text.split(separator: "\n").map(String.init)
  }

  /// A cell that prints the brightness of a sample, in a loop or without one.
  private func cell(_ loop: String, _ before: String = "", options: String = "") -> String {
    "\(loop) {\n  \(before)\n  t = describe (sample few.train 5\(options))\n  print \"{t.images[-6]:9}\"\n}"
  }

  @Test("turns differ, and the cell run again repeats them")
  func turns() throws {
    let session = try session()
    for loop in ["for i in 0..<4", "for i in [\"a\", \"b\", \"c\", \"d\"]"] {
      let first = try drawn(cell(loop), session)
      #expect(first.count == 4 && Set(first).count == 4)
      #expect(try drawn(cell(loop), session) == first)
    }
  }

  @Test("turns of nested loops all differ")
  func nested() throws {
    let session = try session()
    let all = try drawn("for i in 0..<3 { \(cell("for j in 0..<3")) }", session)
    #expect(Set(all).count == 9)
  }

  @Test("a seed of the command, and one set within the turn, hold as they are")
  func given() throws {
    let session = try session()
    let alone = try drawn(cell("if true", options: " seed=3"), session)
    #expect(try drawn(cell("for i in 0..<2", options: " seed=3"), session) == alone + alone)
    #expect(try drawn(cell("for i in 0..<2", "seed 3"), session) == alone + alone)
    // Set in a turn of the outer loop, turns of the inner one make their own of it; the next turn sets it anew.
    let inner = try drawn("seed 3\n" + cell("for j in 0..<2"), session)
    let within = try drawn("for i in 0..<2 { seed 3\n \(cell("for j in 0..<2")) }", session)
    #expect(within == inner + inner)
    #expect(Set(within + alone).count == 3)
    // What was set in the first turn is of another turn in the second.
    let once = try drawn(cell("for i in 0..<3", "if i == 0 { seed 3 }"), session)
    #expect(once[0] == alone[0] && Set(once).count == 3)
    #expect(try drawn(cell("if true"), session) == alone)
  }

  @Test("a sample outside of loops is what it was")
  func outside() throws {
    let session = try session()
    let alone = try drawn(cell("if true"), session)
    #expect(try drawn(cell("if true", options: " seed=0"), session) == alone)
  }

  @Test("networks start from other weights in each turn")
  func weights() throws {
    let session = try session()
    let z = try session.gather(
      """
      for i in 0..<2 {
        h = embed few.test with=(simclr (cnn width=2 size=16))
        print "{(describe h).mean[0]:9}"
      }
      """
    ).text.split(separator: "\n")
    #expect(Set(z).count == 2)
  }
}
