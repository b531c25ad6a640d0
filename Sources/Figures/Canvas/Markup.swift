/// Text of the user as Pango markup: everything is escaped, and only `_{…}` and `^{…}` mean something, a
/// lower and a raised part, as in `z_{i}` and `R^{2}`; `_(…)` and `^(…)` are the same, for where braces mean
/// something else. A lone `_` or `^` stays as typed, so `batch_size` is
/// safe.
package enum Markup {
  /// Longer text is cut, so that a stray file pasted into a title cannot stall the layout.
  package static let longest = 4_000

  package static func pango(_ text: String) -> String {
    var out = ""
    var rest = clean(text)[...]
    while let character = rest.first {
      if character == "_" || character == "^", let (inner, after) = braced(rest.dropFirst()) {
        let tag = character == "_" ? "sub" : "sup"
        out += "<\(tag)>" + escaped(inner) + "</\(tag)>"
        rest = after
      } else {
        out += escaped(Substring(String(character)))
        rest = rest.dropFirst()
      }
    }
    return out
  }

  /// The text as it reads without its raised and lowered parts set apart: `z_{i}` is `zi`.
  package static func plain(_ text: String) -> String {
    var out = ""
    var rest = clean(text)[...]
    while let character = rest.first {
      if character == "_" || character == "^", let (inner, after) = braced(rest.dropFirst()) {
        out += inner
        rest = after
      } else {
        out.append(character)
        rest = rest.dropFirst()
      }
    }
    return out
  }

  private static func clean(_ text: String) -> String {
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

  private static func braced(_ text: Substring) -> (inner: Substring, after: Substring)? {
    guard let open = text.first, let close: Character = open == "{" ? "}" : open == "(" ? ")" : nil,
      let end = text.firstIndex(of: close)
    else { return nil }
    let inner = text[text.index(after: text.startIndex)..<end]
    guard !inner.isEmpty, !inner.contains(open), !inner.contains("\n") else { return nil }
    return (inner, text[text.index(after: end)...])
  }

  package static func escaped(_ text: Substring) -> String {
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
