import Base
import Commands
import Jupyter

/// Presents a session to Jupyter.
final class Kernel: Jupyter.Interpreter {
  // Sendable: the session says which of its members other threads may call, and only those are called so.
  private nonisolated(unsafe) let session: Session

  init(session: sending Session = Session()) { self.session = session }

  var hasSubshells: Bool { true }

  func makeSubshell() -> (any Jupyter.Interpreter)? { Kernel(session: Session(sharing: session)) }

  let info = LanguageInfo(
    name: "contrast", version: Contrast.version, mimetype: "text/x-contrast", fileExtension: ".contrast",
    pygmentsLexer: "contrast", codemirrorMode: ["name": "contrast", "mime": "text/x-rsrc"],
    implementation: "contrast",
    implementationVersion: Contrast.version,
    banner: "Contrast \(Contrast.version): contrastive representation learning. Type help to begin.")

  func execute(_ code: String, request: ExecuteRequest, output: any Output) -> ExecuteOutcome {
    do throws(CellError) {
      let page = try session.run(cell: code, console: CellConsole(output))
      return .ok(payload: page.map { [.page(MimeBundle(html: $0.html ?? "", text: $0.text))] } ?? [])
    } catch {
      return .error(error.executeError)
    }
  }

  /// Pins a name to a value for the whole run, as `--set name=value` asks.
  func pin(_ name: String, to expression: String) throws(CellError) { try session.pin(name, to: expression) }

  /// Saves the models and tables that have names.
  func keep(in folder: String) -> [Kept] { session.keep(in: folder) }

  func evaluate(expression: String) -> Result<MimeBundle, ExecuteError> {
    do throws(CellError) {
      return .success(MimeBundle(try session.value(of: expression)))
    } catch {
      return .failure(error.executeError)
    }
  }

  let commTargets: Set<String> = [Session.statesTarget]

  func code(behind message: CommMessage) -> String? { session.code(behind: message.id) }

  func comm(_ message: CommMessage, output: any Output) -> ExecuteOutcome {
    switch message.kind {
    case .message: session.receive(message.data, from: message.id, console: CellConsole(output))
    case .close: session.forget(comm: message.id)
    case .open: break  // The front end now asks for what it wants.
    }
    return .ok()
  }

  func complete(_ code: String, at cursor: Int) -> Completion {
    let found = session.complete(code, at: cursor)
    return Completion(
      matches: found.matches.map { .init($0.text, type: $0.type, signature: $0.signature) },
      start: found.start,
      end: found.end)
  }

  func inspect(_ code: String, at cursor: Int, detail: Int) -> MimeBundle? {
    session.inspect(code, at: cursor).map {
      MimeBundle(data: [
        "text/plain": .string($0.plainText), "text/markdown": .string($0.markdown),
        "text/html": .string($0.html),
      ])
    }
  }

  func isComplete(_ code: String) -> Completeness {
    switch session.readiness(of: code) {
    case .complete: .complete
    case .incomplete(let indent): .incomplete(indent: indent)
    case .invalid: .invalid
    case .unknown: .unknown
    }
  }

  func interrupt() { session.interrupt.request() }

  func clearInterrupt() { session.interrupt.clear() }

  func shutdown() {}
}

/// Passes a cell's output on.
private final class CellConsole: Console {
  private let output: any Output

  init(_ output: any Output) { self.output = output }

  func write(_ text: String) { output.write(text, to: .stdout) }
  func warn(_ text: String) { output.write(text, to: .stderr) }
  func clear(wait: Bool) { output.clear(wait: wait) }
  func display(_ rich: Rich, id: String?) { output.display(MimeBundle(rich), id: id) }
  func update(_ rich: Rich, id: String) { output.update(MimeBundle(rich), id: id) }
  func result(_ rich: Rich) { output.result(MimeBundle(rich)) }

  func ask(_ prompt: String) -> Answer {
    do throws(ExecuteError) {
      return .text(try output.ask(prompt, password: false))
    } catch {
      return error.name == ExecuteError.interruptedName ? .interrupted : .nobody
    }
  }

  var carriesComms: Bool { output.carriesComms }

  func openComm(target: String, data: JSON, metadata: JSON) -> String {
    output.openComm(target: target, data: data, metadata: metadata)
  }

  func sendComm(_ id: String, data: JSON) { output.sendComm(id, data: data) }
  func closeComm(_ id: String) { output.closeComm(id, data: [:]) }
}

extension MimeBundle {
  init(_ rich: Rich) {
    let bundle = rich.bundle
    self.init(data: bundle.data, metadata: bundle.metadata)
  }
}

extension CellError {
  var executeError: ExecuteError {
    isInterrupt
      ? ExecuteError(name: ExecuteError.interruptedName, value: message, traceback: [colouredText])
      : ExecuteError(
        name: name, value: message,
        traceback: colouredText.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
  }
}
