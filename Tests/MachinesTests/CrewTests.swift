import Base
import Synchronization
import Testing

import Machines

@Suite("Processes that run the same cells") struct CrewTests {
  /// Threads as processes: the first runs `first`, the others `other` for each cell.
  private func run(
    _ size: Int, first: (Crew) throws -> Void, other: @escaping @Sendable (Crew, Interrupt, String) -> String?
  ) throws {
    let links = ThreadLink.all(size)
    let threads = try (1..<size).map { process in
      try NativeThread(named: "process \(process)") {
        let interrupt = Interrupt()
        let crew = try? Crew(links[process], version: "1", cores: 1)
        try? crew?.follow(interrupt: interrupt, pin: { _, _ in nil }) { other(crew!, interrupt, $0) }
      }
    }
    let crew = try Crew(links[0], version: "1", cores: 1)
    try first(crew)
    crew.quit()
    for thread in threads { thread.join() }
  }

  @Test("numbers of all processes are joined in their order, and all get the result")
  func meeting() throws {
    let seen = Mutex<[[Float]]>([])
    try run(3) { crew in
      crew.begin(cell: "a cell")
      let result = try crew.meet([0], interrupt: Interrupt()) { $0.flatMap { $0 } }
      try crew.end(isWhole: true, interrupt: Interrupt())
      #expect(result == [0, 1, 2])
      #expect(crew.members.count == 3)
    } other: { crew, interrupt, code in
      #expect(code == "a cell")
      let result = try? crew.meet([Float(crew.rank)], interrupt: interrupt) { _ in [] }
      seen.withLock { $0.append(result ?? []) }
      return nil
    }
    #expect(seen.withLock { $0 } == [[0, 1, 2], [0, 1, 2]])
  }

  @Test("what fails in one process ends the meeting in all, and names it")
  func failure() throws {
    let interrupted = Mutex(0)
    try run(3) { crew in
      crew.begin(cell: "a cell")
      let error = #expect(throws: TeamError.self) {
        _ = try crew.meet([0], interrupt: Interrupt()) { $0.flatMap { $0 } }
      }
      #expect(error?.message.contains("no such file") == true)
      try crew.end(isWhole: false, interrupt: Interrupt())
      // The next cell is not disturbed by what came late.
      crew.begin(cell: "next")
      try crew.end(isWhole: true, interrupt: Interrupt())
    } other: { crew, interrupt, code in
      guard code == "a cell" else { return nil }
      if crew.rank == 1 { return "no such file" }
      do { _ = try crew.meet([2], interrupt: interrupt) { _ in [] } } catch {
        interrupted.withLock { $0 += 1 }
      }
      return "interrupted"
    }
    #expect(interrupted.withLock { $0 } == 1)
  }
}
