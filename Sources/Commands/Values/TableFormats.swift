import Language

/// A table as files hold it. Numbers are written in full in CSV, and as they are shown elsewhere.
extension TableValue {
  /// The table in the format that the ending of a file's name says.
  func file(ending: String, formats: [String] = ["csv", "md", "tex"], and other: String? = nil) throws
    -> [UInt8]
  {
    guard formats.contains(ending) else {
      let known = formats + (other.map { [$0] } ?? [])
      throw Problem(
        ending.isEmpty ? "the name has no ending to tell the format" : "this cannot be written as .\(ending)",
        about: "path", advice: "end the name in ." + known.joined(separator: " or ."))
    }
    switch ending {
    case "md": return Array(markdown.utf8)
    case "tex": return Array(latex.utf8)
    default: return Array(csv.utf8)
    }
  }

  /// Comma-separated values, as spreadsheets read them.
  var csv: String {
    // By code points: a comma under an accent is a comma still.
    func field(_ text: String) -> String {
      let scalars = text.unicodeScalars
      guard scalars.contains(where: { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }) else {
        return text
      }
      var quoted = String.UnicodeScalarView("\"".unicodeScalars)
      for scalar in scalars { quoted.append(contentsOf: scalar == "\"" ? [scalar, scalar] : [scalar]) }
      quoted.append("\"")
      return String(quoted)
    }
    let lines =
      [columns.map(field)]
      + rows.map { row in
        row.map { cell in
          switch cell {
          case .number(let value): Format.exact(value)
          case .text(let text): field(text)
          case .missing: ""
          }
        }
      }
    return lines.map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n"
  }

  /// A table of GitHub's Markdown, numbers set right.
  var markdown: String {
    func field(_ text: String) -> String {
      text.replacing("\\", with: "\\\\").replacing("|", with: "\\|").replacing("\n", with: " ")
    }
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let numeric = self.numeric
    let rule = columns.indices.map { numeric.contains($0) ? "---:" : "---" }
    return
      ([line(columns.map(field)), line(rule)] + rows.map { line($0.map { field($0.shown) }) })
      .joined(separator: "\n") + "\n"
  }

  /// A `tabular` in the manner of the booktabs package.
  var latex: String {
    let numeric = self.numeric
    let places = columns.indices.map { numeric.contains($0) ? "r" : "l" }.joined()
    func line(_ cells: [String]) -> String {
      cells.map(TableValue.latexText).joined(separator: " & ") + " \\\\"
    }
    return
      ([
        "% needs \\usepackage{booktabs}", "\\begin{tabular}{\(places)}", "\\toprule", line(columns),
        "\\midrule",
      ]
      + rows.map { line($0.map(\.shown)) } + ["\\bottomrule", "\\end{tabular}"])
      .joined(separator: "\n") + "\n"
  }

  private static func latexText(_ text: String) -> String {
    text.map { character in
      switch character {
      case "\\": "\\textbackslash{}"
      case "&", "%", "$", "#", "_", "{", "}": "\\\(character)"
      case "~": "\\textasciitilde{}"
      case "^": "\\textasciicircum{}"
      case "−": "$-$"
      case "±": "$\\pm$"
      case "×": "$\\times$"
      case "\n": " "
      default: String(character)
      }
    }.joined()
  }
}
