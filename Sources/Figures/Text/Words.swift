import Base

/// Sentences that several marks say.
package enum Words {
  /// Note on points that have no place on the axes; `nil` if all have.
  package static func dropped(_ count: Int, isLog: Bool) -> String? {
    guard count > 0 else { return nil }
    let why = isLog ? "not a finite number above 0" : "not a finite number"
    return counted(count, "point") + (count == 1 ? " is" : " are") + " not shown: \(why)."
  }

  /// Note that only `most` of so many names can be told apart; `nil` if all can.
  package static func repeated(_ count: Int, _ signs: String, after most: Int) -> String? {
    guard count > most else { return nil }
    return "\(signs) repeat after \(counted(most, "name")): \(count) cannot be told apart by eye."
  }

  /// `a`, `a and b`, `a, b and c`; from `most` on, `and 7 more`.
  package static func list(_ items: [String], most: Int = 6) -> String {
    guard items.count > 1 else { return items.first ?? "" }
    if items.count > most {
      return items.prefix(most - 1).joined(separator: ", ") + " and \(items.count - most + 1) more"
    }
    return items.dropLast().joined(separator: ", ") + " and " + (items.last ?? "")
  }

  /// Text of exactly `width` characters: filled with spaces, or cut with `…`.
  package static func fitted(_ text: String, to width: Int, right: Bool = false) -> String {
    let text = String(Label.clean(text).map { $0.isNewline ? " " : $0 })
    if text.count > width { return String(text.prefix(max(0, width - 1))) + "…" }
    let space = String(repeating: " ", count: width - text.count)
    return right ? space + text : text + space
  }
}

extension Words {
  /// The text on one line with a full stop at its end.
  package static func sentence(_ text: String) -> String {
    let line = Label.clean(text).split(whereSeparator: \.isNewline).joined(separator: " ")
    guard let last = line.last else { return "" }
    return ".!?…".contains(last) ? line : line + "."
  }
}
