/// An error with its place in the cell, ready to be shown.
public struct Diagnostic: Error, Sendable {
  public let kind: ProblemKind
  /// The message: what was wrong and what was expected.
  public let message: String
  /// The advice: what to type next.
  public let advice: String?
  public let range: SourceRange
  /// Line of the cell, from 1.
  public let line: Int
  /// Position in code points, counted from 1.
  public let column: Int
  private let excerpt: Excerpt
  /// The line that led to another cell or a file, in which the error lies.
  private let callExcerpt: Excerpt?

  init(_ fault: Fault, in cell: Source) {
    let source = fault.source ?? cell
    kind = fault.problem.kind
    message = sentence(withoutControls(fault.problem.message))
    advice = fault.problem.advice.map { sentence(withoutControls($0)) }
    excerpt = Excerpt(source, fault.range)
    let isElsewhere = source.name != cell.name || source.scalars != cell.scalars
    let call = isElsewhere ? fault.call : nil
    callExcerpt = call.map { Excerpt(cell, $0) }
    // Of an error that lies elsewhere, the place is that in the cell which led there.
    let (shown, stretch) = call.map { (cell, $0) } ?? (source, fault.range)
    let lower = shown.clamped(stretch.lower)
    range = SourceRange(lower, shown.clamped(stretch.upper))
    let place = shown.line(at: lower)
    (line, column) = (place.number, lower - place.range.lower + 1)
  }

  /// The name of the error in Jupyter's sense.
  public var ename: String { kind.rawValue }

  /// Message, line, carets and advice.
  public var plainText: String { text(paint: { text, _ in text }) }

  /// The plain text with ANSI colours.
  public var colouredText: String { text(paint: { text, style in style.code + text + "\u{1B}[0m" }) }

  private enum Style {
    case message, number, caret, advice

    var code: String {
      switch self {
      case .message: "\u{1B}[1;31m"
      case .number: "\u{1B}[2m"
      case .caret: "\u{1B}[31m"
      case .advice: "\u{1B}[32m"
      }
    }
  }

  private func text(paint: (String, Style) -> String) -> String {
    var lines = [paint(message, .message)]
    func add(_ excerpt: Excerpt) {
      guard !excerpt.text.isEmpty else { return }
      lines.append(paint(excerpt.margin.first, .number) + excerpt.text)
      lines.append(paint(excerpt.margin.second, .number) + excerpt.indent + paint(excerpt.carets, .caret))
    }
    add(excerpt)
    if let callExcerpt {
      lines.append("It was called here:")
      add(callExcerpt)
    }
    if let advice { lines.append(paint(advice, .advice)) }
    return lines.joined(separator: "\n")
  }
}

extension Diagnostic: CustomStringConvertible {
  public var description: String { plainText }
}

/// One line of the cell with carets under a part of it.
struct Excerpt: Sendable {
  let text: String
  let indent: String
  let carets: String
  let margin: (first: String, second: String)

  /// The widest part of a line that is shown.
  private static let window = 100

  init(line: [Unicode.Scalar], number: Int, isNumbered: Bool, lower: Int, upper: Int) {
    let start = min(max(0, lower), line.count)
    let end = min(max(start, upper), line.count)
    let from = start > Excerpt.window * 2 / 3 ? start - Excerpt.window / 2 : 0
    let to = min(line.count, from + Excerpt.window)
    let head = from > 0 ? "…" : ""
    text = head + Excerpt.shown(line[from..<to]) + (to < line.count ? "…" : "")
    indent = String(repeating: " ", count: head.count + displayWidth(line[from..<start]))
    carets = String(repeating: "^", count: max(1, displayWidth(line[start..<max(start, min(end, to))])))
    let label = "  \(number) | "
    margin =
      isNumbered ? (label, String(repeating: " ", count: label.count - 2) + "| ") : ("  ", "  ")
  }

  /// The first line of a stretch, with carets under as much of it.
  init(_ source: Source, _ range: SourceRange) {
    let lower = source.clamped(range.lower)
    let place = source.line(at: lower)
    self.init(
      line: source.scalars[place.range.lower..<place.range.upper].map { $0 }, number: place.number,
      isNumbered: source.hasSeveralLines, lower: lower - place.range.lower,
      upper: source.clamped(range.upper) - place.range.lower)
  }

  private static func shown(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return withoutControls(String(view))
  }
}

/// The text on one line, with tabs and line ends as one space and other control characters as a box, so that columns
/// count and no cell commands the terminal.
func withoutControls(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
    return text
  }
  var view = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    if scalar == "\t" || scalar == "\n" {
      view.append(" ")
    } else {
      view.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
  }
  return String(view)
}

/// The columns that a terminal gives to the text: accents none, pictures and East Asian signs two.
func displayWidth(_ scalars: some Collection<Unicode.Scalar>) -> Int {
  var width = 0
  var isJoined = false
  for scalar in scalars {
    let value = scalar.value
    if scalar.isASCII {
      width += 1
      isJoined = false
    } else if value == 0x200D {
      isJoined = true
    } else if scalar.properties.isGraphemeExtend || scalar.properties.isEmojiModifier || isJoined {
      isJoined = false
    } else {
      width += isWide(value) ? 2 : 1
    }
  }
  return width
}

private func isWide(_ value: UInt32) -> Bool {
  switch value {
  case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
    0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF,
    0x20000...0x3FFFD:
    true
  default: false
  }
}
