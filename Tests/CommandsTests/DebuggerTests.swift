import Commands
import FrontEnd
import Language
import Testing

/// A console that holds cells, notes where, and gives the next order.
private final class Holding: Console {
  struct Seen: Equatable {
    let reason: Halt.Reason
    let line: Int
    let frames: [String]
  }

  private var orders: [HaltOrder]
  var seen: [Seen] = []
  /// What the names of each scope held at each halt.
  var held: [[String: [String: String]]] = []
  var messages: [String] = []
  var look: (Halt) -> Void = { _ in }

  init(_ orders: [HaltOrder]) { self.orders = orders }

  func write(_ text: String, to stream: TextStream) {}
  func display(_ rich: Rich, id: String?) {}
  func update(_ rich: Rich, id: String) {}
  func result(_ rich: Rich) {}

  func halt(_ halt: Halt) -> HaltOrder {
    seen.append(Seen(reason: halt.reason, line: halt.frames[0].line, frames: halt.frames.map(\.name)))
    messages += halt.message.map { [$0] } ?? []
    let scopes = halt.frames[0].scopes.map { scope in
      (scope.name, Dictionary(scope.variables().map { ($0.name, $0.summary) }) { $1 })
    }
    held.append(Dictionary(scopes) { $1 })
    look(halt)
    return orders.isEmpty ? .resume : orders.removeFirst()
  }
}

@Suite("Stepping through cells")
struct DebuggerTests {
  private let session = Session()
  private let debugger: SessionDebugger

  init() {
    debugger = SessionDebugger(session)
    debugger.attach()
  }

  private func run(_ cell: String, stoppingAt lines: [Int], _ orders: HaltOrder...) throws -> Holding {
    _ = debugger.setBreakpoints(lines, in: .cell(cell))
    let console = Holding(orders)
    _ = try session.run(cell: cell, console: console)
    return console
  }

  @Test("a breakpoint in a loop holds each turn, with what the names hold then")
  func loop() throws {
    let console = try run("sum = 0\nfor i in 0..<3 {\n  sum = sum + i\n}", stoppingAt: [3])
    #expect(console.seen == Array(repeating: .init(reason: .breakpoint, line: 3, frames: ["cell"]), count: 3))
    #expect(console.held.map { $0["Globals"]?["sum"] } == ["0", "0", "1"])
    #expect(try session.value(of: "sum").text == "3")
  }

  @Test("steps go over, into and out of definitions")
  func steps() throws {
    try session.gather("define twice x {\n  y = x + x\n  y\n}")
    let cell = "a = twice 2\nb = twice a\nb"
    let console = try run(cell, stoppingAt: [1], .stepOver, .stepIn, .stepOver, .stepOut, .resume)
    #expect(console.seen.map(\.line) == [1, 2, 2, 3, 3])
    #expect(console.seen.map(\.frames.count) == [1, 1, 2, 2, 1])
    #expect(console.held[3]["Locals"] == ["x": "4", "y": "8"])
  }

  @Test("without anyone attached nothing is held")
  func detached() throws {
    debugger.detach()
    #expect(try run("x = 1", stoppingAt: [1]).seen.isEmpty)
  }

  @Test("whoever detaches while a cell is held lets it run to its end")
  func detachingAtAHalt() throws {
    let cell = "for i in 0..<5 {\n  x = i\n}"
    _ = debugger.setBreakpoints([2], in: .cell(cell))
    let console = Holding([.stepIn])
    console.look = { [debugger] _ in debugger.detach() }
    _ = try session.run(cell: cell, console: console)
    #expect(console.seen.count == 1)
    #expect(try session.value(of: "x").text == "4")
  }

  @Test("an order to end is an interrupt")
  func ending() throws {
    let cell = "x = 1\nx = 2"
    _ = debugger.setBreakpoints([2], in: .cell(cell))
    do throws(CellError) {
      _ = try session.run(cell: cell, console: Holding([.end]))
      Issue.record("the cell went on")
    } catch {
      #expect(error.isInterrupt)
    }
    #expect(try session.value(of: "x").text == "1")
  }

  @Test("an error is shown once, where it arises")
  func errors() throws {
    debugger.haltAtErrors(true)
    let console = Holding([])
    #expect(throws: CellError.self) {
      _ = try session.run(cell: "for i in 0..<3 {\n  if true { [1][i] }\n}", console: console)
    }
    #expect(console.seen == [.init(reason: .exception, line: 2, frames: ["cell"])])
    #expect(console.messages[0].contains("position 1"))
  }

  @Test("a pause holds the next statement")
  func pause() throws {
    debugger.pause()
    let console = try run("x = 1\ny = 2", stoppingAt: [], .resume)
    #expect(console.seen == [.init(reason: .pause, line: 1, frames: ["cell"])])
  }

  @Test(
    "a breakpoint moves to the statement that is meant",
    arguments: [
      ("a = 1\n\nb = 2", 2, 3), ("a = [1,\n  2]\nb = 1", 2, 1),
      ("for i in 0..<2 {\n  a = i\n\n}\nb = 1", 3, 5),
      ("# words\na = 1", 1, 2), ("a = 1\n", 2, nil), ("", 1, nil), ("a = = 1", 1, nil),
      ("define f x {\n\n  x\n}", 2, 3), ("if true {\n a = 1\n} else {\n a = 2\n}", 4, 4), ("a = 1", -3, 1),
    ] as [(String, Int, Int?)])
  func places(cell: String, line: Int, expected: Int?) {
    #expect(debugger.setBreakpoints([line], in: .cell(cell)) == [expected])
  }

  @Test("a step of training is walked through from the views to the update, and has the same bits")
  func training() throws {
    let start = "few = load shapes train=20 test=10 size=16\nmodel = simclr (cnn width=4 size=16) head=[8]"
    let cell = "s = step model on=few batch=4\ns.loss"
    try session.gather(start)
    let console = try run(
      cell, stoppingAt: [1], .stepIn, .stepOver, .stepOver, .stepOver, .stepOver, .stepOver, .stepOver)
    #expect(console.seen.map(\.frames.count) == [1, 2, 2, 2, 2, 2, 2, 1])
    #expect(console.held[3]["Locals"]?["z"] == "matrix: 8×8, z")
    let names = ["views", "h", "z", "similarities", "gradient", "gradients", "update"]
    #expect(console.held[6]["Locals"].map { Set($0.keys) } == Set(names))
    let loss = try session.value(of: "s.loss").text
    debugger.detach()
    try session.gather(start)
    try session.gather(cell)
    #expect(try session.value(of: "s.loss").text == loss)
  }
}
