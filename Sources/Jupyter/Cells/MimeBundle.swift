import Base
import FoundationEssentials

/// One thing in several forms, by MIME type; a client shows the richest that it can.
public struct MimeBundle: Sendable, Equatable {
  /// Pictures that are bytes (`image/png`) are base64 text.
  public var data: [String: JSON]
  /// What to know about each form, by MIME type.
  public var metadata: [String: JSON]

  public init(data: [String: JSON], metadata: [String: JSON] = [:]) {
    self.data = data
    self.metadata = metadata
  }

  public init(text: String) {
    self.init(data: ["text/plain": .string(text)])
  }

  /// HTML with its plain-text twin for terminals.
  public init(html: String, text: String) {
    self.init(data: ["text/html": .string(html), "text/plain": .string(text)])
  }

  public init(markdown: String, text: String) {
    self.init(data: ["text/markdown": .string(markdown), "text/plain": .string(text)])
  }

  /// A PNG drawn at `width` × `height` CSS pixels whatever the pixels it holds, so that double resolution is sharp.
  public init(png: [UInt8], width: Int, height: Int, text: String) {
    self.init(
      data: ["image/png": .string(Data(png).base64EncodedString()), "text/plain": .string(text)],
      metadata: ["image/png": ["width": .int(width), "height": .int(height)]])
  }

  /// Adds the forms of `other`; where both have one, that of `other` stays.
  public func merging(_ other: MimeBundle) -> MimeBundle {
    MimeBundle(
      data: data.merging(other.data) { $1 }, metadata: metadata.merging(other.metadata) { $1 })
  }

  /// The plain-text twin.
  public var text: String? { data["text/plain"]?.string }
}
