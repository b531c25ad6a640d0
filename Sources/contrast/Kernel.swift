import Base
import Commands
import FrontEnd
import Machines

/// Presents a session to front ends.
final class Kernel: Backend {
  private let session: Session
  /// The processes that run the same cells; nil where this one runs alone.
  private let crew: Crew?

  /// None of several processes: a halt of the first would leave the others waiting.
  let debugger: (any Debugger)?

  init(session: Session = Session()) {
    (self.session, crew) = (session, nil)
    debugger = SessionDebugger(session)
  }

  /// A kernel of the first process of a crew.
  init(crew: Crew?) {
    (session, self.crew) = (Session(team: crew), crew)
    debugger = crew == nil ? SessionDebugger(session) : nil
  }

  /// Cells that run beside others would meet in another order in each process.
  var hasSubshells: Bool { crew == nil }

  func makeSubshell() -> (any Backend)? { crew == nil ? Kernel(session: Session(sharing: session)) : nil }

  let info = LanguageInfo(
    name: "contrast", version: Contrast.version, mimetype: "text/x-contrast", fileExtension: ".contrast",
    pygmentsLexer: "contrast", codemirrorMode: ["name": "contrast", "mime": "text/x-rsrc"],
    implementation: "contrast",
    implementationVersion: Contrast.version,
    banner: "Contrast \(Contrast.version): contrastive representation learning. Type help to begin.")

  func execute(_ code: String, console: any Console & Sendable) throws(CellError) -> [Payload] {
    try together({ $0.begin(cell: code) }) { () throws(CellError) in
      try session.run(cell: code, console: console).map { [.page($0)] } ?? []
    }
  }

  func value(of expression: String) throws(CellError) -> Rich { try session.value(of: expression) }

  let commTargets: Set<String> = [Session.statesTarget]

  func code(behind message: CommMessage) -> String? { session.code(behind: message.id) }

  func comm(_ message: CommMessage, console: any Console & Sendable) {
    // A control that is moved runs its block in this process alone.
    guard crew == nil else { return }
    switch message.kind {
    case .message: session.receive(message.data, from: message.id, console: console)
    case .close: session.forget(comm: message.id)
    case .open: break  // The front end now asks for what it wants.
    }
  }

  func complete(_ code: String, at cursor: Int) -> Completion { session.complete(code, at: cursor) }

  func inspect(_ code: String, at cursor: Int, detail: Int) -> Rich? { session.inspect(code, at: cursor) }

  func completeness(of code: String) -> Completeness { session.completeness(of: code) }

  /// Result of `body`, while all processes of the crew do the same.
  private func together<Result>(
    _ begin: (Crew) -> Void, _ body: () throws(CellError) -> Result
  ) throws(CellError) -> Result {
    guard let crew else { return try body() }
    begin(crew)
    let result: Result
    do throws(CellError) {
      result = try body()
    } catch {
      try? crew.end(isWhole: false, interrupt: session.interrupt)
      throw error
    }
    do throws(TeamError) {
      try crew.end(isWhole: true, interrupt: session.interrupt)
    } catch {
      throw CellError(name: "OtherProcess", message: error.message)
    }
    return result
  }

  func interrupt() {
    session.interrupt.request()
    crew?.interruptAll()
  }

  func clearInterrupt() { session.interrupt.clear() }

  /// Pins a name to a value for the whole run, as `--set name=value` asks.
  func pin(_ name: String, to expression: String) throws(CellError) {
    try together({ $0.begin(pin: name, to: expression) }) { () throws(CellError) in
      try session.pin(name, to: expression)
    }
  }

  /// Saves the models and tables that have names.
  func keep(in folder: String) -> [Kept] { session.keep(in: folder) }
}
