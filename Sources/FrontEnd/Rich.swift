import Base
import FoundationEssentials

/// How a value looks: text always, and where a front end can show them, a page fragment and a picture.
public struct Rich: Sendable, Equatable {
  /// For terminals, for search and for screen readers.
  public var text: String
  public var html: String?
  /// For front ends that show help so.
  public var markdown: String?
  public var png: PNG?
  /// The picture that stands within the fragment already, for readers that know no pages.
  public var pictureWithin: PNG?
  /// For paper, where there is a table: what LaTeX makes of it. nbconvert prefers it to a picture.
  public var latex: String?
  /// The same picture for front ends that let one zoom and hover: a Vega-Lite specification.
  public var vegaLite: JSON?
  /// The model of a widget that is shown in the place of all this, where a front end has widgets.
  public var widget: String?

  public struct PNG: Sendable, Equatable {
    public let bytes: [UInt8]
    /// Size on the page in CSS pixels; the picture itself has twice as many each way.
    public let width: Int
    public let height: Int
    /// A sentence that says what is to be seen.
    public let alt: String

    public init(bytes: [UInt8], width: Int, height: Int, alt: String) {
      self.bytes = bytes
      self.width = width
      self.height = height
      self.alt = alt
    }

    fileprivate var base64: String { Data(bytes).base64EncodedString() }
  }

  public init(
    text: String, html: String? = nil, markdown: String? = nil, png: PNG? = nil, widget: String? = nil
  ) {
    self.text = text
    self.html = html
    self.markdown = markdown
    self.png = png
    self.widget = widget
  }

  /// The fragment with the picture inside it, where there are both: a front end shows one form of a value only.
  public var page: String? {
    guard let html, let png else { return html }
    return html
      + "<img src=\"data:image/png;base64,\(png.base64)\" width=\"\(png.width)\" height=\"\(png.height)\" alt=\"\(escapedHTML(png.alt))\">"
  }

  /// All its forms by MIME type, of which a front end shows the richest that it can.
  public var data: [String: JSON] {
    var data: [String: JSON] = ["text/plain": .string(text)]
    if let page { data["text/html"] = .string(page) }
    if let markdown { data["text/markdown"] = .string(markdown) }
    if let latex { data["text/latex"] = .string(latex) }
    if let picture { data["image/png"] = .string(picture.base64) }
    if let vegaLite { data["application/vnd.vegalite.v5+json"] = vegaLite }
    if let widget {
      data["application/vnd.jupyter.widget-view+json"] = [
        "version_major": 2, "version_minor": 0, "model_id": .string(widget),
      ]
    }
    return data
  }

  /// Also of a page that holds it: LaTeX, and with it PDF, shows no pages.
  private var picture: PNG? { png ?? pictureWithin }

  /// `data`, and what to know about each of its forms, as messages, notebooks and widgets have them.
  public var content: [String: JSON] {
    let metadata = picture.map { picture -> JSON in
      let size: JSON = [
        "width": .int(picture.width), "height": .int(picture.height), "alt": .string(picture.alt),
      ]
      return ["image/png": size]
    }
    return ["data": .object(data), "metadata": metadata ?? [:]]
  }
}
