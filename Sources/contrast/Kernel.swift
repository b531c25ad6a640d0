import Commands
import FrontEnd

/// Presents a session to front ends.
final class Kernel: Backend {
  private let session: Session

  let debugger: (any Debugger)?

  init(session: Session = Session()) {
    self.session = session
    debugger = SessionDebugger(session)
  }

  var hasSubshells: Bool { true }

  func makeSubshell() -> (any Backend)? { Kernel(session: Session(sharing: session)) }

  let info = LanguageInfo(
    name: "contrast", version: Contrast.version, mimetype: "text/x-contrast", fileExtension: ".contrast",
    pygmentsLexer: "contrast", codemirrorMode: ["name": "contrast", "mime": "text/x-rsrc"],
    implementation: "contrast",
    implementationVersion: Contrast.version,
    banner: "Contrast \(Contrast.version): contrastive representation learning. Type help to begin.")

  func execute(_ code: String, console: any Console & Sendable) throws(CellError) -> [Payload] {
    try session.run(cell: code, console: console).map { [.page($0)] } ?? []
  }

  func value(of expression: String) throws(CellError) -> Rich { try session.value(of: expression) }

  let commTargets: Set<String> = [Session.statesTarget]

  func code(behind message: CommMessage) -> String? { session.code(behind: message.id) }

  func comm(_ message: CommMessage, console: any Console & Sendable) {
    switch message.kind {
    case .message: session.receive(message.data, from: message.id, console: console)
    case .close: session.forget(comm: message.id)
    case .open: break  // The front end now asks for what it wants.
    }
  }

  func complete(_ code: String, at cursor: Int) -> Completion { session.complete(code, at: cursor) }

  func inspect(_ code: String, at cursor: Int, detail: Int) -> Rich? { session.inspect(code, at: cursor) }

  func completeness(of code: String) -> Completeness { session.completeness(of: code) }

  func interrupt() { session.interrupt.request() }

  func clearInterrupt() { session.interrupt.clear() }

  /// Pins a name to a value for the whole run, as `--set name=value` asks.
  func pin(_ name: String, to expression: String) throws(CellError) { try session.pin(name, to: expression) }

  /// Saves the models and tables that have names.
  func keep(in folder: String) -> [Kept] { session.keep(in: folder) }
}
