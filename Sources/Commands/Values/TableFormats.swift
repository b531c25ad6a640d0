import Language

/// A table as files hold it. Numbers are written in full in CSV, and as they are shown elsewhere.
extension TableValue {
  /// The table in the format that the ending of a file's name says. `noun` is what it shows, and `other` the formats that
  /// this can be written in besides: both for the error.
  func file(
    ending: String, formats: [String] = ["csv", "md", "tex"], of noun: String = "a table",
    and other: [String] = []
  ) throws -> [UInt8] {
    guard formats.contains(ending) else {
      let known = (formats + other).map { ".\($0)" }
      throw Problem(
        ending.isEmpty
          ? "the name has no ending to tell the format" : "\(noun) cannot be written as .\(ending)",
        about: Export.command.word(\.$path),
        advice: "end the name in \(known.dropLast().joined(separator: ", ")) or \(known[known.count - 1])")
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
      // Semicolons and tabs too: other readers, and `open`, guess by them what columns are set apart by. And the mark of UTF-8,
      // which is passed over where a file begins with it.
      guard scalars.contains(where: { ",;\t\"\n\r\u{FEFF}".unicodeScalars.contains($0) }) else { return text }
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
}
