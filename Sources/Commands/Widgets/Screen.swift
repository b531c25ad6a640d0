import Language

/// The place below a control where its block shows what it shows: one display, replaced as a whole by each run.
final class Screen: Console {
  private let id: String
  private let target: any Console
  private var isShown: Bool
  private var parts: [(id: String?, rich: Rich)] = []
  /// Text beyond this is left out: the place is drawn anew at every move.
  private static let mostText = 100_000

  /// `isShown`: an earlier run has made the display.
  init(id: String, isShown: Bool, target: any Console) {
    self.id = id
    self.isShown = isShown
    self.target = target
  }

  // MARK: What the block shows

  func write(_ text: String) {
    if let last = parts.last, last.id == nil, last.rich.html == nil, last.rich.png == nil {
      guard last.rich.text.utf8.count < Screen.mostText else { return }
      parts[parts.count - 1].rich.text += text
    } else {
      parts.append((nil, Rich(text: text)))
    }
  }

  func display(_ rich: Rich, id: String?) {
    parts.append((id, rich))
    // What will be updated is progress, which is to be seen while it happens.
    if id != nil { draw() }
  }

  func update(_ rich: Rich, id: String) {
    guard let place = parts.firstIndex(where: { $0.id == id }) else { return }
    parts[place].rich = rich
    draw()
  }

  func result(_ rich: Rich) { parts.append((nil, rich)) }

  func fail(_ error: CellError) {
    let colour = "color:var(--jp-error-color1,#b00020)"
    parts.append(
      (
        nil,
        Rich(
          text: error.plainText,
          html: "<pre style=\"\(colour)\">\(HTML.escaped(error.plainText))</pre>")
      ))
  }

  /// Shows what the run has shown. Says whether the display exists.
  func finish() -> Bool {
    if isShown || !parts.isEmpty { draw() }
    return isShown
  }

  private func draw() {
    if isShown { target.update(picture, id: id) } else { target.display(picture, id: id) }
    isShown = true
  }

  /// All parts as one.
  private var picture: Rich {
    guard parts.count != 1 else { return parts[0].rich }
    return Rich(
      text: parts.map(\.rich.text).joined(separator: "\n"),
      html: parts.map { part in
        let rich = part.rich
        if let page = rich.page { return page }
        if rich.png != nil { return Rich(text: "", html: "", png: rich.png).page ?? "" }
        return "<pre>\(HTML.escaped(rich.text))</pre>"
      }.joined(separator: "\n"))
  }

  // MARK: What is not the screen's own

  func ask(_ prompt: String) -> Answer { target.ask(prompt) }
  var carriesComms: Bool { target.carriesComms }
  func openComm(target name: String, data: Plain, metadata: Plain) -> String {
    target.openComm(target: name, data: data, metadata: metadata)
  }
  func sendComm(_ id: String, data: Plain) { target.sendComm(id, data: data) }
  func closeComm(_ id: String) { target.closeComm(id) }
}
