import Base
import FrontEnd
import Language

/// Outputs of a control's block, replaced as a whole at each run, so that nothing grows or flickers.
final class Screen: Console {
  /// Place of the outputs, twice: in the control's widget, and in a display of the cell right below.
  ///
  /// The widget follows on every page: also on one that was loaded anew, which no longer knows the name of the display, and where
  /// updates of displays are passed over. The display is what a saved notebook keeps, and what is seen where there
  /// are no widgets; beside the widget a rule hides it.
  final class Place {
    fileprivate let id: String
    fileprivate let output: WidgetModel
    private let rule: WidgetModel
    fileprivate var isDisplayed = false

    private static let name = "contrast-screen"

    init(id: String, in console: any Console) {
      self.id = id
      output = WidgetModel.output(class: Place.name, in: console)
      rule = WidgetModel.css(
        ".jp-OutputArea-child:has(.\(Place.name)) + .jp-OutputArea-child { display: none }", in: console)
    }

    var models: [WidgetModel] { [output, rule] }
  }

  private let place: Place
  private let target: any Console
  private var parts: [(id: String?, rich: Rich)] = []
  /// Text beyond this is left out: the place is drawn anew at every move.
  private static let mostText = 100_000

  init(_ place: Place, target: any Console) {
    self.place = place
    self.target = target
  }

  // MARK: What the block shows

  func write(_ text: String, to stream: TextStream) {
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

  /// Shows what the run has shown. The display is made even for nothing: what the cell shows next must not
  /// stand in its place.
  func finish() { draw() }

  private func draw() {
    let picture = picture
    let output = JSON.object(picture.content.merging(["output_type": "display_data"]) { $1 })
    place.output.set(["outputs": parts.isEmpty ? [] : [output]], in: target)
    if place.isDisplayed {
      target.update(picture, id: place.id)
    } else {
      target.display(picture, id: place.id)
    }
    place.isDisplayed = true
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

  func ask(_ prompt: String, password: Bool) -> Answer { target.ask(prompt, password: password) }
  var carriesComms: Bool { target.carriesComms }
  func openComm(target name: String, data: JSON, metadata: JSON) -> String {
    target.openComm(target: name, data: data, metadata: metadata)
  }
  func sendComm(_ id: String, data: JSON) { target.sendComm(id, data: data) }
  func closeComm(_ id: String, data: JSON) { target.closeComm(id, data: data) }
}
