import Commands
import Language
import Tensors
import Testing

/// Every example of every command is interrupted at looks spread over its whole course. Work that was cut short gives no
/// value: the cell ends as interrupted, and no name of it is bound.
extension TestsInOneFolder {
  @Suite struct InterruptSweepTests {
    /// More looks than any example takes.
    private static let many = 1 << 40

    @Test("an interrupted example ends as interrupted and binds nothing", .timeLimit(.minutes(60)))
    func sweep() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      var random = RandomStream(seed: 17)
      var stops = 0
      for (command, example) in Verbs.vocabulary.examples where !Self.isLeftOut(command) {
        let code = "result = (\(example.code))"
        let isOne = !example.code.contains("\n") && Self.session(after: example).failure(code) == nil
        let cell = isOne ? code : example.code
        let looks = Self.looks(of: cell, example)
        for stop in Self.stops(of: looks, &random) {
          let session = Self.session(after: example)
          let before = session.workspace.names
          session.interrupt.request(afterLooks: stop)
          let error = session.failure(cell)
          let isOver = session.interrupt.looksLeft > 0
          session.interrupt.clear()
          // Threads share the looks out: a run may need a few less than the one that was counted.
          if isOver && error == nil { continue }
          stops += 1
          if error == nil && Self.keepsPart(command) { continue }
          #expect(
            error?.isInterrupt == true,
            "\(cell)\nafter \(stop) of \(looks) looks: \(error?.plainText ?? "no error")")
          if isOne { #expect(session.workspace.names == before, "\(cell)\nafter \(stop) of \(looks) looks") }
        }
      }
      #expect(stops > 300)
    }

    /// A session in which the setup of an example has run.
    private static func session(after example: Example) -> Session {
      let session = Session()
      if !example.setup.isEmpty { _ = session.failure(example.setup) }
      return session
    }

    private static func looks(of cell: String, _ example: Example) -> Int {
      let session = session(after: example)
      session.interrupt.request(afterLooks: many)
      _ = session.failure(cell)
      return many - session.interrupt.looksLeft
    }

    /// The first looks, the last, and some between.
    private static func stops(of looks: Int, _ random: inout RandomStream) -> [Int] {
      var stops: Set<Int> = [0, 1, looks - 1]
      for _ in 0..<3 where looks > 3 { stops.insert(Int(random.next() % UInt64(looks))) }
      return stops.filter { $0 >= 0 && $0 < looks }.sorted()
    }

    private static func keepsPart(_ command: String) -> Bool {
      Verbs.all.contains { $0.name == command && $0.keepsPartialValue }
    }

    /// What waits for the clock or for a person, not for work.
    private static func isLeftOut(_ command: String) -> Bool { ["clock", "ask"].contains(command) }
  }
}
