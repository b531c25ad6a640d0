import Base
import FrontEnd
import Language

/// The debugger of a session and of all that share with it.
public final class SessionDebugger: Debugger {
  private let session: Session
  private let viewer: ValueViewer
  private var breakpoints: Breakpoints { session.breakpoints }

  public init(_ session: Session) {
    self.session = session
    viewer = ValueViewer(session)
  }

  public func attach() { breakpoints.attach() }
  public func detach() { breakpoints.detach() }
  public func haltAtErrors(_ halts: Bool) { breakpoints.haltAtErrors(halts) }
  public func pause() { breakpoints.pause() }

  public func setBreakpoints(_ lines: [Int], in source: DebugSource) -> [Int?] {
    breakpoints.set(lines, in: source)
    guard let code = text(of: source), let places = session.interpreter.statementPlaces(in: code) else {
      return lines.map { _ in nil }
    }
    return lines.map { StatementPlace.forBreakpoint(on: $0, among: places)?.lines.lowerBound }
  }

  public var globals: [DebugVariable] { viewer.variables(session.workspace.entries) }

  public func text(of source: DebugSource) -> String? {
    switch source {
    case .cell(let code): return code
    // No more than `use` reads: the path comes from a client.
    case .file(let path):
      guard path.hasSuffix(".contrast"), let bytes = try? WholeFile.read(path, most: 1 << 20) else {
        return nil
      }
      return String(validating: bytes, as: UTF8.self)
    }
  }
}
