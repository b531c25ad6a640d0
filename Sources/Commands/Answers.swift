import FrontEnd
import Language
import Networks

// What a session answers to front ends; from any thread, also while a cell runs.

extension Session {
  public func complete(_ code: String, at cursor: Int) -> Completion {
    let found = interpreter.offers(for: code, cursor: cursor)
    return Completion(
      matches: found.all.map { .init($0.text, type: $0.kind.icon, signature: $0.signature) },
      start: found.start, end: found.end)
  }

  /// Help on what stands at the cursor, or what its name holds, with a small picture where there is one.
  public func inspect(_ code: String, at cursor: Int) -> Rich? {
    interpreter.inspect(code, cursor: cursor).map { found in
      let help = shapes(at: cursor, in: code).map { found.noting($0) } ?? found
      let picture = Rich(text: "", html: help.html, png: help.subject.flatMap(Preview.picture))
      return Rich(text: help.plainText, html: picture.page, markdown: help.markdown)
    }
  }

  /// Shapes of the layer of `network` at the cursor: "32×32×3 → 32×32×16, 432 parameters".
  private func shapes(at cursor: Int, in code: String) -> String? {
    let command = MakeNetwork.command
    guard
      let (values, path) = interpreter.given(
        to: { $0.name == command.name }, in: code, cursor: cursor,
        harmless: { $0.gives == LayerValue.typeName }),
      let list = values[command.word(\.$layers)].flatMap({ try? LayerListValue.read($0) })
    else { return nil }
    let size = (values[command.word(\.size)] as? Number)?.whole ?? MakeNetwork().size
    guard let (input, line) = NetworkDescription.layer(at: path, of: list.layers, size: size) else {
      return nil
    }
    func words(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: "×") }
    return
      "Here: \(words(input)) → \(words(line.outputShape)), \(Format.counted(line.parameters, "parameter"))."
  }

  public func completeness(of code: String) -> Completeness {
    switch interpreter.wholeness(of: code) {
    case .whole: .complete
    case .unfinished(let indent): .incomplete(indent: indent)
    case .wrong: .invalid
    case .tooDeep: .unknown
    }
  }
}

extension Offers.Offer.Kind {
  /// The name of the sort as JupyterLab's list of completions knows it: it chooses the icon.
  fileprivate var icon: String {
    switch self {
    case .verb: "function"
    case .kind: "module"
    case .option: "parameter"
    case .choice: "constant"
    case .name: "instance"
    case .member: "property"
    case .key: "class"
    case .path: "path"
    case .keyword: "keyword"
    }
  }
}

extension CellError {
  init(_ diagnostic: Diagnostic) {
    let isInterrupt = diagnostic.kind == .interrupted
    let shown = diagnostic.colouredText
    self.init(
      name: diagnostic.ename, message: diagnostic.message, plainText: diagnostic.plainText,
      traceback: isInterrupt
        ? [shown] : shown.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    advice = diagnostic.advice
    line = diagnostic.line
    column = diagnostic.column
    self.isInterrupt = isInterrupt
  }
}
