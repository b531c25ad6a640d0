import Base
import FrontEnd
import Glibc
import Jupyter
import Synchronization
import Testing

/// The path of a file in `Fixtures`.
func fixture(_ name: String, file: String = #filePath) -> String {
  file[..<(file.lastIndex(of: "/") ?? file.startIndex)] + "/Fixtures/" + name
}

/// Runs `body` with the path of a directory that is removed afterwards.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  var template = Array("/tmp/jupyter-tests-XXXXXX".utf8CString)
  let path = try #require(mkdtemp(&template).map { String(cString: $0) })
  defer { try? Files.remove(path) }
  return try body(path)
}

/// Numbers from a seed.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A language of one command a line, for tests. `wait` lasts until it is interrupted, `stuck` until
/// the test releases it; `haunt` writes to the output of an earlier cell that said `late`.
final class Scripted: Backend {
  private let dot = Rich.PNG(bytes: [1, 2, 3], width: 4, height: 5, alt: "a dot")
  private let isStopped = Atomic<Bool>(false)
  private let started = Atomic<Bool>(false)
  private let ended = Atomic<Bool>(false)
  private let released = Atomic<Bool>(false)
  /// Lets a `stuck` cell end.
  func release() { released.store(true, ordering: .sequentiallyConsistent) }
  var hasStarted: Bool { started.load(ordering: .sequentiallyConsistent) }
  var hasShutDown: Bool { ended.load(ordering: .sequentiallyConsistent) }
  let executed = Mutex<[String]>([])
  let messages = Mutex<[CommMessage]>([])
  private let lastComm = Mutex("")
  private let lastOutput = Mutex<(any Console & Sendable)?>(nil)

  var info: LanguageInfo {
    LanguageInfo(
      name: "scripted", version: "1.2", mimetype: "text/x-scripted", fileExtension: ".scripted",
      pygmentsLexer: "text", codemirrorMode: "null", implementation: "tests", implementationVersion: "3.4",
      banner: "A language for tests", helpLinks: [("Help", "https://example.org")])
  }

  func execute(_ code: String, console: any Console & Sendable) throws(CellError) -> [Payload] {
    executed.withLock { $0.append(code) }
    for line in code.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      let rest = words.count > 1 ? words[1] : ""
      switch words.first {
      case "print": console.write(rest + "\n", to: .stdout)
      case "write": console.write(rest, to: .stdout)
      case "return": console.write("\r\(rest)", to: .stdout)
      case "warn": console.write(rest + "\n", to: .stderr)
      case "flood": for _ in 0..<(Int(rest) ?? 0) { console.write("0123456789\n", to: .stdout) }
      case "show": console.display(Rich(text: rest), id: nil)
      case "track": console.display(Rich(text: rest), id: "tracked")
      case "update": console.update(Rich(text: rest), id: "tracked")
      case "big":
        let text = String(repeating: "0123456789abcdef", count: 1 << 16) + rest
        console.display(Rich(text: text), id: nil)
        console.update(Rich(text: text), id: "tracked")
      case "picture":
        console.display(Rich(text: "[picture]", png: dot), id: nil)
      case "clear": console.clear(wait: rest == "wait")
      case "fail": throw CellError(name: "Failure", message: rest)
      case "page": return [.page(Rich(text: rest))]
      case "next": return [.setNextInput(rest)]
      case "ask", "secret":
        switch console.ask(rest, password: words[0] == "secret") {
        case .text(let text): console.write("answered \(text)\n", to: .stdout)
        case .nobody(let why): throw CellError(name: "NoInput", message: why)
        case .interrupted: throw .interrupted
        }
      case "open":
        let id = console.openComm(target: rest, data: ["n": 1], metadata: ["version": "2"])
        lastComm.withLock { $0 = id }
      case "send": lastComm.withLock { console.sendComm($0, data: ["text": .string(rest)]) }
      case "close": lastComm.withLock { console.closeComm($0, data: ["text": .string(rest)]) }
      case "late": lastOutput.withLock { $0 = console }
      case "haunt": lastOutput.withLock { $0?.write("from a cell that is over\n", to: .stdout) }
      case "deep": console.result(Rich(text: String(deep(Int(rest) ?? 0))))
      case "wait":
        started.store(true, ordering: .sequentiallyConsistent)
        while !isStopped.load(ordering: .sequentiallyConsistent) { usleep(500) }
        throw .interrupted
      case "stuck":
        started.store(true, ordering: .sequentiallyConsistent)
        while !released.load(ordering: .sequentiallyConsistent) { usleep(500) }
        console.write("too late\n", to: .stdout)
      default: console.result(Rich(text: String(line)))
      }
    }
    return []
  }

  let subshells = Mutex<[Scripted]>([])
  var hasSubshells: Bool { true }

  func makeSubshell() -> (any Backend)? {
    let subshell = Scripted()
    subshells.withLock { $0.append(subshell) }
    return subshell
  }

  var commTargets: Set<String> { ["echo"] }

  /// Records the message; one that holds code runs it.
  func comm(_ message: CommMessage, console: any Console & Sendable) throws(CellError) {
    messages.withLock { $0.append(message) }
    guard let code = message.data["code"]?.string else { return }
    lastComm.withLock { $0 = message.id }
    _ = try execute(code, console: console)
  }

  /// Uses about 500 bytes of stack a level.
  private func deep(_ level: Int) -> Int {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 48) { scratch in
      scratch.initialize(repeating: level)
      return level == 0 ? scratch[0] : deep(level - 1) + scratch[47] - level + 1
    }
  }

  func value(of expression: String) throws(CellError) -> Rich {
    if expression == "bad" { throw CellError(name: "Failure", message: "bad", traceback: []) }
    return Rich(text: expression.uppercased())
  }

  func complete(_ code: String, at cursor: Int) -> Completion {
    Completion(
      matches: [.init("show", type: "function", signature: "show TEXT"), .init("shout")],
      start: max(0, cursor - 1),
      end: cursor)
  }

  func inspect(_ code: String, at cursor: Int, detail: Int) -> Rich? {
    code == "unknown" ? nil : Rich(text: "\(code) at \(cursor), detail \(detail)")
  }

  func completeness(of code: String) -> Completeness {
    switch code.last {
    case "{": .incomplete(indent: "  ")
    case "}": .invalid
    case "?": .unknown
    default: .complete
    }
  }

  func interrupt() { isStopped.store(true, ordering: .sequentiallyConsistent) }
  func clearInterrupt() { isStopped.store(false, ordering: .sequentiallyConsistent) }
  func shutdown() { ended.store(true, ordering: .sequentiallyConsistent) }
}
