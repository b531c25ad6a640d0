import Commands
import Foundation
import Synchronization
import Testing

/// What one shell reads while another makes names and forgets them.
@Suite("Names shared by shells")
struct SharedNamesTests {
  /// Runs a cell over and over in a thread of its own.
  private final class Other: @unchecked Sendable {
    // Sendable: the session belongs to the thread, and the rest is atomic.
    private let session: Session
    private let isAsked = Atomic(false)
    private let turns = Atomic(0)
    private var thread: Thread?

    init(beside session: Session, runs cell: String) {
      self.session = Session(sharing: session)
      thread = Thread {
        while !self.isAsked.load(ordering: .relaxed) {
          _ = try? self.session.run(cell: cell, console: Gathered())
          self.turns.add(1, ordering: .relaxed)
        }
      }
      thread?.start()
    }

    /// Whether it has run the cell once.
    var isRunning: Bool { turns.load(ordering: .relaxed) > 0 }

    /// Ends the thread, and says how often it ran the cell.
    func end() -> Int {
      isAsked.store(true, ordering: .relaxed)
      while thread?.isFinished == false { usleep(1000) }
      thread = nil
      return turns.load(ordering: .relaxed)
    }
  }

  @Test(
    "whatever looks at all names answers while they come and go",
    arguments: [
      "list", "(list).count", "forget nobody", "zz", "zzz", "help zz", "zz = 2\nzz",
      "if zz == 1 { 1 } else { 2 }",
    ])
  func comingAndGoing(cell: String) throws {
    let session = Session()
    try session.gather((0..<300).map { "name\($0) = \($0)" }.joined(separator: "\n"))
    let other = Other(beside: session, runs: "zz = 1\nforget zz")
    while !other.isRunning { usleep(500) }
    for _ in 0..<150 {
      // A name that is gone in this moment is an error like any other.
      if let error = session.failure(cell) { #expect(error.name == "UnknownWord", "\(error.plainText)") }
      #expect(session.complete("z", at: 1).matches.allSatisfy { $0.text.hasPrefix("z") })
    }
    #expect(other.end() > 0)
    #expect(try session.gather("name299").results[0].text == "299")
  }

  @Test("list shows every name once, sorted, with what it holds")
  func list() throws {
    let text = try Session().gather("b = \"x\"\na = [1, 2]\nb = 3\nlist").results[0].text
    let rows = text.split(separator: "\n").dropFirst(2).map {
      $0.split(separator: " ", maxSplits: 1).map(String.init)
    }
    #expect(rows.map { $0[0] } == ["a", "b"])
    #expect(text.contains("[1, 2]") && text.contains("3") && !text.contains("x"))
  }
}
