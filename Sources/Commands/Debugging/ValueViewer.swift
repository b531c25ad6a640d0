import FrontEnd
import Language

/// Shows values to a debugger, from the thread that answers its requests: by a session of its own over the same names, so that it
/// touches nothing of the cell that is held.
final class ValueViewer: Sendable {
  private let session: Session
  /// Parts of a value that are listed, at most.
  private static let most = 100

  init(_ session: Session) { self.session = Session(sharing: session) }

  func variables(_ values: [(name: String, value: any Value)]) -> [DebugVariable] {
    values.map { variable($0.name, $0.value) }
  }

  private func variable(_ name: String, _ value: any Value) -> DebugVariable {
    // Values are looked at while the thread that may change them waits, or guard themselves, as for a subshell.
    nonisolated(unsafe) let seen = value
    let hasParts = !value.memberNames.isEmpty || value.elements?.isEmpty == false
    let children: @Sendable () -> [DebugVariable] = { [self] in parts(of: seen) }
    return DebugVariable(
      name: name, summary: value.summary, type: value.typeName, children: hasParts ? children : nil,
      rich: { [self] in rich(seen) }, assign: { [self] name in assign(seen, to: name) })
  }

  /// Members, of a model its layers, and the first elements.
  private func parts(of value: any Value) -> [DebugVariable] {
    var parts: [(name: String, value: any Value)] = value.memberNames.compactMap { name in
      value.member(name).map { (name, $0) }
    }
    if let model = value as? ModelValue { parts.append(("layers", LayersValue(model.model.encoder))) }
    if let encoder = value as? EncoderValue { parts.append(("layers", LayersValue(encoder.encoder))) }
    if let matrix = value as? MatrixValue {
      parts += (0..<min(matrix.rows, ValueViewer.most)).compactMap { row in
        (try? matrix.element(at: .position(row))).map { ("[\(row)]", $0) }
      }
    }
    let elements = value.elements?.prefix(ValueViewer.most) ?? []
    return variables(parts + elements.enumerated().map { ("[\($0.offset)]", $0.element) })
  }

  private func rich(_ value: any Value) -> Rich {
    defer { session.endCell() }
    return (try? session.rich(value)) ?? Rich(text: value.summary)
  }

  func assign(_ value: any Value, to name: String) -> String? {
    if Verbs.vocabulary.isReserved(name) { return "\(name) is a command and cannot be a name" }
    if session.workspace.isPinned(name) {
      return "\(name) keeps the value that it was given for the whole run"
    }
    session.workspace[name] = value
    return nil
  }
}
