import Base
import Language

/// The few HTML fragments that values are shown with; they use JupyterLab's own colours, light or dark.
enum HTML {
  static func escaped(_ text: String) -> String { escapedHTML(text) }

  /// Sentences whose backticks become code, in a fixed-width font also where a page is converted to LaTeX.
  static func prose(_ text: String) -> String { proseHTML(text, codeStyle: "font-family:monospace") }

  /// Keeps MathJax, of either version, away from text that somebody else wrote: two dollar signs make no formula.
  static let literal = "class=\"tex2jax_ignore mathjax_ignore\""

  /// Text of at most so many letters stays on one line: "50.9 ± 0.2 %" and "1 min 25 s" are hard to read when broken. Much
  /// longer text must be able to break, or it takes the room that sentences in other columns need.
  private static let unbroken = 13

  /// A table with a heading per column; columns named in `numeric` are set right.
  static func table(columns: [String], rows: [[String]], numeric: Set<Int>, caption: String? = nil) -> String
  {
    func cell(_ tag: String, _ text: String, _ column: Int) -> String {
      let isNumber = numeric.contains(column)
      let wrapping = isNumber || text.count <= unbroken ? ";white-space:nowrap" : ""
      let style = "text-align:\(isNumber ? "right" : "left");padding:2px 10px\(wrapping)"
      return "<\(tag) style=\"\(style)\">\(escaped(text))</\(tag)>"
    }
    func line(_ tag: String, _ cells: [String]) -> String {
      "<tr>" + cells.enumerated().map { cell(tag, $0.element, $0.offset) }.joined() + "</tr>"
    }
    let head = columns.isEmpty ? "" : "<thead>\(line("th", columns))</thead>"
    let body = rows.map { line("td", $0) }.joined(separator: "\n")
    let title =
      caption.map { "<caption style=\"text-align:left;padding:2px 10px\">\(escaped($0))</caption>" } ?? ""
    return
      "<table \(literal) style=\"font-variant-numeric:tabular-nums\">\(title)\(head)<tbody>\n\(body)\n</tbody></table>"
  }

  /// Names and values, one pair a line.
  static func card(title: String, _ facts: [(String, String)]) -> String {
    let rows = facts.map { name, value in
      "<tr><td style=\"text-align:left;padding:1px 12px 1px 0;opacity:.7\">\(escaped(name))</td>"
        + "<td style=\"text-align:left;padding:1px 0\">\(escaped(value))</td></tr>"
    }
    return "<div \(literal)><strong>\(escaped(title))</strong><table style=\"margin:4px 0\"><tbody>\n"
      + rows.joined(separator: "\n") + "\n</tbody></table></div>"
  }
}

/// Tables and cards as plain text.
enum TextTable {
  static func table(columns: [String], rows: [[String]], numeric: Set<Int>) -> String {
    let all = (columns.isEmpty ? [] : [columns]) + rows
    let count = all.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in all.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    let lines = all.map { cells in
      cells.enumerated().map { column, text in
        let pad = String(repeating: " ", count: widths[column] - text.count)
        return numeric.contains(column) ? pad + text : text + pad
      }.joined(separator: "  ").trimmingTrailingSpaces()
    }
    guard !columns.isEmpty else { return lines.joined(separator: "\n") }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
    return ([lines[0], rule] + lines.dropFirst()).joined(separator: "\n")
  }

  static func card(title: String, _ facts: [(String, String)]) -> String {
    title + "\n" + table(columns: [], rows: facts.map { ["  " + $0.0, $0.1] }, numeric: [])
  }
}

extension String {
  func trimmingTrailingSpaces() -> String {
    var text = Substring(self)
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
