/// Words of a figure that somebody wrote for it, or that came with the data.
///
/// Only what is written for a figure reads markup: `_{…}` and `^{…}` mean a lowered and a raised part, as in `z_{i}` and
/// `R^{2}`; `_(…)` and `^(…)` are the same, for where braces mean something else. Names from data, such as those of
/// classes, columns and files, are plain: `Crane_(bird)` stays as it is. Names that can come from data only are
/// `String`s throughout the module, which are always plain.
public struct Label: Sendable, Hashable, ExpressibleByStringLiteral {
  package let source: String
  package let readsMarkup: Bool

  /// Words from data, shown as they are.
  public static func plain(_ words: String) -> Label { Label(source: words, readsMarkup: false) }

  /// Words that somebody wrote for the figure.
  public static func markup(_ words: String) -> Label { Label(source: words, readsMarkup: true) }

  private init(source: String, readsMarkup: Bool) {
    self.source = source
    self.readsMarkup = readsMarkup
  }

  /// A literal is written for the figure. There is no such thing for literals with values in them, which may be data.
  public init(stringLiteral words: String) { self = .markup(words) }

  package var isEmpty: Bool { source.isEmpty }

  /// The words as they read without their raised and lowered parts set apart: `z_{i}` is `zi`.
  public var spoken: String { parts.map(\.words).joined() }

  /// The words for Pango: everything is escaped, and parts that are set apart are in tags.
  package var pango: String {
    parts.map { part in
      guard let tag = part.tag else { return Label.escaped(part.words) }
      return "<\(tag)>" + Label.escaped(part.words) + "</\(tag)>"
    }.joined()
  }

  private var parts: [(words: String, tag: String?)] {
    let text = Label.clean(source)
    guard readsMarkup else { return [(text, nil)] }
    var out: [(String, String?)] = []
    var plain = ""
    var rest = text[...]
    while let character = rest.first {
      if character == "_" || character == "^", let (inner, after) = Label.braced(rest.dropFirst()) {
        out += [(plain, nil), (String(inner), character == "_" ? "sub" : "sup")]
        plain = ""
        rest = after
      } else {
        plain.append(character)
        rest = rest.dropFirst()
      }
    }
    return out + [(plain, nil)]
  }

  private static func braced(_ text: Substring) -> (inner: Substring, after: Substring)? {
    guard let open = text.first, let close: Character = open == "{" ? "}" : open == "(" ? ")" : nil,
      let end = text.firstIndex(of: close)
    else { return nil }
    let inner = text[text.index(after: text.startIndex)..<end]
    guard !inner.isEmpty, !inner.contains(open), !inner.contains("\n") else { return nil }
    return (inner, text[text.index(after: end)...])
  }

  // MARK: Letters

  /// Length at which text is cut, so that a file pasted into a title cannot stall the layout.
  package static let longest = 4_000

  /// The text without characters that cannot be drawn.
  package static func clean(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(longest) {
      switch scalar.properties.generalCategory {
      case .control: out.append(scalar == "\n" ? "\n" : " ")
      case .unassigned, .surrogate: out.append("\u{FFFD}")
      default: out.append(scalar)
      }
    }
    return String(out) + (text.unicodeScalars.count > longest ? "…" : "")
  }

  package static func escaped(_ text: String) -> String {
    var out = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.unicodeScalars.append(character)
      }
    }
    return out
  }
}
