import Base

/// A page of help, shown by `help train`, `train?` and Shift-Tab. Texts may hold `code` in backticks.
public struct Help: Value, Sendable {
  public static let typeName = "help"

  public enum Block: Equatable, Sendable {
    case paragraph(String)
    case heading(String)
    case code(String)
    case items([Item])
  }

  /// A term with what it means.
  public struct Item: Equatable, Sendable {
    public var term: String
    public var text: String

    public init(_ term: String, _ text: String) {
      self.term = term
      self.text = text
    }
  }

  public let title: String
  public let lead: String
  public let blocks: [Block]
  /// The value that the page is about, if it is about one: whoever shows the page may add a picture of it.
  // Sendable: what a value holds is that value's own to guard, as in the workspace.
  nonisolated(unsafe) public let subject: (any Value)?

  public init(title: String, lead: String, blocks: [Block], subject: (any Value)? = nil) {
    self.title = title
    self.lead = lead
    self.blocks = blocks
    self.subject = subject
  }

  /// The same with a first paragraph.
  public func noting(_ text: String) -> Help {
    Help(title: title, lead: lead, blocks: [.paragraph(text)] + blocks, subject: subject)
  }

  public var summary: String { lead.isEmpty ? title : "\(title): \(lead)" }
}

extension Help {
  /// Plain text for terminals, in lines of at most 88 columns.
  public var plainText: String {
    var lines = [summary]
    for block in blocks {
      switch block {
      case .paragraph(let text): lines += [""] + wrapped(text, to: 88)
      case .heading(let text): lines += ["", text]
      case .code(let code): lines += [""] + code.split(separator: "\n").map { "  " + $0 }
      case .items(let items): lines += Help.lines(of: items)
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func lines(of items: [Item]) -> [String] {
    let width = min(30, items.map(\.term.count).max() ?? 0)
    var lines: [String] = []
    for item in items {
      let text = wrapped(item.text, to: 88 - width - 4)
      let isWide = item.term.count > width
      let term = item.term + String(repeating: " ", count: max(0, width - item.term.count))
      lines.append("  " + (isWide || text.isEmpty ? item.term : term + "  " + text[0]))
      for rest in text.dropFirst(isWide ? 0 : 1) {
        lines.append(String(repeating: " ", count: width + 4) + rest)
      }
    }
    return lines
  }

  public var markdown: String { markdown(level: 3) }

  /// Markdown whose title is a heading of that level.
  public func markdown(level: Int) -> String {
    let title = String(repeating: "#", count: level) + " " + title
    var parts = [title] + (lead.isEmpty ? [] : [Help.escaped(lead)])
    for block in blocks {
      switch block {
      case .paragraph(let text): parts.append(Help.escaped(text))
      case .heading(let text): parts.append("**\(text)**")
      case .code(let code): parts.append("```contrast\n\(code)\n```")
      case .items(let items):
        parts.append(
          items.map { "- `\($0.term)`" + ($0.text.isEmpty ? "" : ": \(Help.escaped($0.text))") }.joined(
            separator: "\n"))
      }
    }
    return parts.joined(separator: "\n\n")
  }

  /// Characters that Markdown would interpret, outside of backticks.
  private static func escaped(_ text: String) -> String {
    var result = ""
    var isCode = false
    for character in text {
      if character == "`" { isCode.toggle() }
      if !isCode, "<*_|[]".contains(character) { result += "\\" }
      result.append(character)
    }
    return result
  }

  /// A fragment of HTML with classes that begin with `contrast-help`.
  public var html: String {
    var parts = [
      "<div class=\"contrast-help tex2jax_ignore mathjax_ignore\"><strong>\(Help.html(title))</strong>"
    ]
    if !lead.isEmpty { parts.append("<p>\(Help.html(lead))</p>") }
    for block in blocks {
      switch block {
      case .paragraph(let text): parts.append("<p>\(Help.html(text))</p>")
      case .heading(let text): parts.append("<p><strong>\(Help.html(text))</strong></p>")
      case .code(let code): parts.append("<pre><code>\(escapedHTML(code))</code></pre>")
      case .items(let items):
        let rows = items.map {
          "<tr><td style=\"text-align:left\"><code>\(escapedHTML($0.term))</code></td>"
            + "<td style=\"text-align:left\">\(Help.html($0.text))</td></tr>"
        }
        parts.append("<table>\(rows.joined())</table>")
      }
    }
    return parts.joined(separator: "\n") + "</div>"
  }

  private static func html(_ text: String) -> String { proseHTML(text) }
}

/// Text as HTML whose backticks become code.
package func proseHTML(_ text: String, codeStyle: String = "") -> String {
  let style = codeStyle.isEmpty ? "" : " style=\"\(codeStyle)\""
  let pieces = escapedHTML(text).split(separator: "`", omittingEmptySubsequences: false)
  return pieces.enumerated().map { index, piece in
    index % 2 == 1 && index < pieces.count - 1 ? "<code\(style)>\(piece)</code>" : String(piece)
  }.joined()
}

/// The words of the text in lines of at most `width` columns.
func wrapped(_ text: String, to width: Int) -> [String] {
  var lines: [String] = []
  for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
    var line = ""
    for word in paragraph.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    lines.append(line)
  }
  return lines
}
