import Base
import Figures
import FoundationEssentials
import Language

/// Display of a value: always text, and for front ends that show them an HTML fragment and a picture.
public struct Rich: Sendable {
  /// Text for terminals, search and screen readers.
  public var text: String
  public var html: String?
  public var png: PNG?
  /// The picture that stands within the fragment already, for readers that know no pages.
  public var pictureWithin: PNG?
  /// LaTeX code of a table, for paper; nbconvert prefers it to a picture.
  public var latex: String?
  /// The picture as a Vega-Lite specification, for front ends with zoom and hover.
  public var vegaLite: JSON?
  /// The model of a widget that is shown in the place of all this, where a front end has widgets.
  public var widget: String?

  public struct PNG: Sendable {
    public let bytes: [UInt8]
    /// Size on the page in CSS pixels; the picture itself has twice as many each way.
    public let width: Int
    public let height: Int
    /// A sentence that says what is to be seen.
    public let alt: String
  }

  public init(text: String, html: String? = nil, png: PNG? = nil, widget: String? = nil) {
    self.text = text
    self.html = html
    self.png = png
    self.widget = widget
  }

  /// The fragment with the picture inside it, where there are both: a front end shows one form of a value only.
  public var page: String? {
    guard let html, let png else { return html }
    let source = "data:image/png;base64,\(Data(png.bytes).base64EncodedString())"
    return html
      + "<img src=\"\(source)\" width=\"\(png.width)\" height=\"\(png.height)\" alt=\"\(HTML.escaped(png.alt))\">"
  }

  /// All its forms by MIME type, and what to know about them. A front end shows the richest that it can.
  public var bundle: (data: [String: JSON], metadata: [String: JSON]) {
    var data: [String: JSON] = ["text/plain": .string(text)]
    var metadata: [String: JSON] = [:]
    if let page { data["text/html"] = .string(page) }
    if let latex { data["text/latex"] = .string(latex) }
    // Also beside a page that holds it: LaTeX, and with it PDF, shows no pages.
    if let png = png ?? pictureWithin {
      data["image/png"] = .string(Data(png.bytes).base64EncodedString())
      metadata["image/png"] = [
        "width": .int(png.width), "height": .int(png.height), "alt": .string(png.alt),
      ]
    }
    if let vegaLite { data["application/vnd.vegalite.v5+json"] = vegaLite }
    if let widget {
      data["application/vnd.jupyter.widget-view+json"] = [
        "version_major": 2, "version_minor": 0, "model_id": .string(widget),
      ]
    }
    return (data, metadata)
  }

  /// A figure as a picture, with its text twin. `stop` is asked whether to give up drawing, which throws `Interrupted`.
  public init(_ figure: Figure, stop: @escaping () -> Bool = { false }) throws {
    let (png, size) = try figure.picture(stop: stop)
    self.init(
      text: figure.plainText(),
      png: PNG(bytes: Array(png), width: size.width, height: size.height, alt: figure.altText))
  }
}

/// A value with more to show than its one line.
protocol Displayable: Value {
  func rich(_ session: Session) throws -> Rich
}

/// Receiver of a cell's output. Calls come from the thread that runs the cell.
public protocol Console: AnyObject {
  func write(_ text: String)
  /// Text that is set apart from the rest.
  func warn(_ text: String)
  /// Removes what the cell has shown: at once, or with `wait` when the next thing is shown.
  func clear(wait: Bool)
  /// Shows something; with an `id`, `update` can replace it later.
  func display(_ rich: Rich, id: String?)
  func update(_ rich: Rich, id: String)
  /// The value of the cell.
  func result(_ rich: Rich)
  /// Waits for the person's answer.
  func ask(_ prompt: String) -> Answer

  /// Whether comms reach a front end, which may then show widgets.
  var carriesComms: Bool { get }
  /// Opens a comm to something that front ends know by the name `target`, and returns the comm's own name.
  func openComm(target: String, data: JSON, metadata: JSON) -> String
  func sendComm(_ id: String, data: JSON)
  func closeComm(_ id: String)
}

/// Result of a question.
public enum Answer: Sendable, Equatable {
  case text(String)
  /// There is nobody to answer, or the front end does not ask questions.
  case nobody
  case interrupted
}

/// Defaults without a front end: nobody answers, and comms reach nobody.
extension Console {
  public func warn(_ text: String) { write(text) }
  public func clear(wait: Bool) {}
  public func ask(_ prompt: String) -> Answer { .nobody }
  public var carriesComms: Bool { false }
  public func openComm(target: String, data: JSON, metadata: JSON) -> String { "" }
  public func sendComm(_ id: String, data: JSON) {}
  public func closeComm(_ id: String) {}
}
