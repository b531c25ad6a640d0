// Words for messages: nouns that agree with their number, and the values that would do.

/// A count with its noun: "1 row", "12,000 rows".
public func counted(_ count: Int, _ noun: String) -> String {
  grouped(count) + " " + (count == 1 ? noun : plural(of: noun))
}

/// "there are no rows", "there is 1 row", "there are 3 rows".
public func thereAre(_ count: Int, _ noun: String) -> String {
  switch count {
  case 0: "there are no \(plural(of: noun))"
  case 1: "there is 1 \(noun)"
  default: "there are \(counted(count, noun))"
  }
}

/// What to type where an option takes the whole numbers of a range: "use k=1", "use k=1 or k=2", "use k from 1 to 9"; nil where
/// no number would do.
public func use(_ option: String, from least: Int, to most: Int) -> String? {
  switch most - least {
  case ..<0: nil
  case 0: "use \(option)=\(least)"
  case 1: "use \(option)=\(least) or \(option)=\(most)"
  default: "use \(option) from \(grouped(least)) to \(grouped(most))"
  }
}

/// A number as one types it: 50 rather than 50.0.
public func written(_ value: some BinaryFloatingPoint & CustomStringConvertible) -> String {
  if value.isNaN { return "not a number" }
  if value.isInfinite { return value > 0 ? "infinity" : "-infinity" }
  return value == value.rounded() && abs(value) < 1e7 ? "\(Int(value))" : value.description
}

/// 12000 as "12,000".
private func grouped(_ value: Int) -> String {
  let digits = Array(String(value.magnitude))
  var text = value < 0 ? "-" : ""
  for (place, digit) in digits.enumerated() {
    if place > 0, (digits.count - place) % 3 == 0 { text += "," }
    text.append(digit)
  }
  return text
}

/// "row" → "rows", "class" → "classes", "query" → "queries", "epoch" → "epochs"; of "different value" and "word of text" the noun.
private func plural(of noun: String) -> String {
  let parts = noun.split(separator: " ", omittingEmptySubsequences: false)
  if let of = parts.firstIndex(of: "of") {
    return plural(of: parts[..<of].joined(separator: " ")) + " " + parts[of...].joined(separator: " ")
  }
  let hisses = noun.hasSuffix("s") || noun.hasSuffix("x") || noun.hasSuffix("ch")
  if hisses, noun != "epoch" { return noun + "es" }
  if noun.hasSuffix("y"), let before = noun.dropLast().last, !"aeiou".contains(before) {
    return noun.dropLast() + "ies"
  }
  return noun + "s"
}
