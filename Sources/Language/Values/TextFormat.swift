import Base

/// Format of a number in text: what follows the `:` in `"{accuracy:1%}"`.
enum TextFormat: Equatable {
  /// `2`: so many decimals, 0.49.
  case decimals(Int)
  /// `1%`: a share of one as per cent with so many decimals, 48.6 %.
  case percent(Int)
  /// `time`: seconds as 3 min 20 s.
  case time

  /// The most decimals that can be asked for.
  private static let most = 12

  init(written word: PlacedWord) throws(Fault) {
    let text = word.text.filter { $0 != " " }
    let isPercent = text.hasSuffix("%")
    let digits = isPercent ? text.dropLast() : text[...]
    if text == "time" {
      self = .time
    } else if let places = Int(digits), digits.allSatisfy(\.isNumber), places <= TextFormat.most {
      self = isPercent ? .percent(places) : .decimals(places)
    } else {
      let message =
        if text.isEmpty {
          "There is no format behind this colon."
        } else if let places = Int(digits), places > TextFormat.most {
          "At most \(counted(TextFormat.most, "decimal")) are written."
        } else {
          "\(quoted(text)) is not a format for numbers."
        }
      throw Fault(
        .syntax, message,
        at: text.isEmpty ? SourceRange(word.range.lower - 1, word.range.upper) : word.range,
        advice: "Write `:2` for two decimals, `:1%` for per cent with one, `:time` for seconds as time.")
    }
  }

  /// The value as text.
  /// Throws: `Fault` at `range` where it is not, and does not stand for, a number.
  func text(of value: any Value, at range: SourceRange) throws(Fault) -> String {
    guard let measured = value.measurement else {
      throw Fault(
        .wrongType, "A format is for numbers, and this is \(withArticle(value.typeName)).", at: range,
        advice: "Leave the format out, or write what gives the number.")
    }
    switch self {
    case .decimals(let places):
      return TextFormat.written(measured, places)
    case .percent(let places):
      let percent = Measurement(measured.value * 100, spread: measured.spread.map { $0 * 100 })
      return TextFormat.written(percent, places) + " %"
    case .time:
      return NumberText.time(measured.value)
    }
  }

  /// "48.6", "48.6 ± 0.3".
  private static func written(_ measured: Measurement, _ places: Int) -> String {
    NumberText.decimal(measured.value, places)
      + (measured.spread.map { " ± " + NumberText.decimal($0, places) } ?? "")
  }
}
