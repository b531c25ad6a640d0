import Base
import FoundationEssentials

/// Display forms of a value: always text, and for front ends that can show them an HTML fragment and a picture.
public struct Rich: Sendable, Equatable {
  /// Plain text, for terminals, search and screen readers.
  public var text: String
  public var html: String?
  /// Markdown, for front ends that show help in it.
  public var markdown: String?
  public var png: PNG?
  /// The picture that the HTML fragment already contains, for readers without HTML.
  public var pictureWithin: PNG?
  /// LaTeX of a table, for paper. nbconvert prefers it to a picture.
  public var latex: String?
  /// The same picture as a Vega-Lite specification, for front ends that can zoom and show values under the pointer.
  public var vegaLite: JSON?
  /// Model id of a widget that front ends with widgets show instead of all other forms.
  public var widget: String?

  public struct PNG: Sendable, Equatable {
    public let bytes: [UInt8]
    /// Size on the page in CSS pixels; the picture itself has twice as many each way.
    public let width: Int
    public let height: Int
    /// Description of the picture in a sentence.
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

  /// The HTML fragment with the picture inside it, since a front end shows only one form of a value.
  public var page: String? {
    guard let html, let png else { return html }
    return html
      + "<img src=\"data:image/png;base64,\(png.base64)\" width=\"\(png.width)\" height=\"\(png.height)\" alt=\"\(escapedHTML(png.alt))\">"
  }

  /// All forms by MIME type; a front end shows the richest that it supports.
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

  /// The picture itself or the one inside the HTML fragment, since LaTeX, and so PDF, cannot show HTML.
  private var picture: PNG? { png ?? pictureWithin }

  /// `data` and `metadata` members as in messages, notebooks and widgets.
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
