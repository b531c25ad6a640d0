import Figures
import FoundationEssentials
import Language

/// How a value looks: text always, and where a front end can show them, a page fragment and a picture.
public struct Rich: Sendable {
  /// For terminals, for search and for screen readers.
  public var text: String
  public var html: String?
  public var png: PNG?
  /// The same picture for front ends that let one zoom and hover: a Vega-Lite specification (JSON).
  public var vegaLite: String?

  public struct PNG: Sendable {
    public let bytes: [UInt8]
    /// Size on the page in CSS pixels; the picture itself has twice as many each way.
    public let width: Int
    public let height: Int
    /// A sentence that says what is to be seen.
    public let alt: String
  }

  public init(text: String, html: String? = nil, png: PNG? = nil) {
    self.text = text
    self.html = html
    self.png = png
  }

  /// The fragment with the picture inside it, where there are both: a front end shows one form of a value only.
  public var page: String? {
    guard let html, let png else { return html }
    let source = "data:image/png;base64,\(Data(png.bytes).base64EncodedString())"
    return html
      + "<img src=\"\(source)\" width=\"\(png.width)\" height=\"\(png.height)\" alt=\"\(HTML.escaped(png.alt))\">"
  }

  /// A figure as a picture, with its text twin.
  public init(_ figure: Figure) throws {
    let size = try figure.pixelSize(scale: 1)
    self.init(
      text: figure.plainText(),
      png: PNG(
        bytes: Array(try figure.png(scale: 2)), width: size.width, height: size.height, alt: figure.altText))
  }
}

/// A value with more to show than its one line.
protocol Displayable: Value {
  func rich(_ session: Session) throws -> Rich
}

/// Where a cell's output goes. Calls come from the thread that runs the cell.
public protocol Console: AnyObject {
  func write(_ text: String)
  /// Shows something; with an `id`, `update` can replace it later.
  func display(_ rich: Rich, id: String?)
  func update(_ rich: Rich, id: String)
  /// The value of the cell.
  func result(_ rich: Rich)
}
