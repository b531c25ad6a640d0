// Words for messages: counts and sizes, nouns that agree with their number, lists, and the values that would do.

// MARK: - Counts and sizes

/// A count with its noun: "1 row", "12,000 rows".
public func counted(_ count: Int, _ noun: String) -> String {
  grouped(count) + " " + (count == 1 ? noun : plural(noun))
}

/// "there are no rows", "there is 1 row", "there are 3 rows".
public func thereAre(_ count: Int, _ noun: String) -> String {
  count == 0 ? "there are no \(plural(noun))" : "there \(count == 1 ? "is" : "are") \(counted(count, noun))"
}

/// 12000 as "12,000".
public func grouped(_ value: Int) -> String {
  let digits = Array(String(value.magnitude))
  var text = value < 0 ? "-" : ""
  for (place, digit) in digits.enumerated() {
    if place > 0, (digits.count - place) % 3 == 0 { text += "," }
    text.append(digit)
  }
  return text
}

/// Bytes in the unit that suits them: "12 kB", "949 MB", "6.9 GB".
public func sized(_ bytes: Int) -> String {
  switch bytes {
  case ..<950_000: "\((bytes + 500) / 1000) kB"
  case ..<950_000_000: "\((bytes + 500_000) / 1_000_000) MB"
  default: "\((Double(bytes) / 1e8).rounded() / 10) GB"
  }
}

/// A number as one types it: 50 rather than 50.0.
public func written(_ value: some BinaryFloatingPoint & CustomStringConvertible) -> String {
  if value.isNaN { return "not a number" }
  if value.isInfinite { return value > 0 ? "infinity" : "-infinity" }
  return value == value.rounded() && abs(value) < 1e7 ? "\(Int(value))" : value.description
}

/// Bytes in lower-case hexadecimal.
public func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

/// Advice for an option that takes the whole numbers of a range: "use k=1", "use k=1 or k=2", "use k from 1 to 9"; nil if no
/// number is allowed.
public func use(_ option: String, from least: Int, to most: Int) -> String? {
  switch most - least {
  case ..<0: nil
  case 0: "use \(option)=\(least)"
  case 1: "use \(option)=\(least) or \(option)=\(most)"
  default: "use \(option) from \(grouped(least)) to \(grouped(most))"
  }
}

// MARK: - Nouns

/// "a model", "an encoder", "a list of numbers", "images", "text", "an embedding or images".
public func withArticle(_ noun: String) -> String {
  let first = noun.firstRange(of: " or ").map { String(noun[..<$0.lowerBound]) } ?? noun
  if isWithoutArticle(noun == "true or false" || noun.hasPrefix("one of ") ? noun : first) { return noun }
  guard let letter = noun.lowercased().first else { return noun }
  return ("aeiou".contains(letter) ? "an " : "a ") + noun
}

/// "model" → "models", "class" → "classes", "query" → "queries", "list of numbers" → "lists of numbers"; what is plural already
/// stays.
public func plural(_ noun: String) -> String {
  if noun == "any value" { return "values" }
  if noun == "text" { return "texts" }
  if isWithoutArticle(noun) { return noun }
  let (head, rest) = headNoun(noun)
  if head.hasSuffix("is") { return head.dropLast(2) + "es" + rest }
  let hisses = head.hasSuffix("s") || head.hasSuffix("x") || head.hasSuffix("ch")
  if hisses, head != "epoch" { return head + "es" + rest }
  if head.hasSuffix("y"), let before = head.dropLast().last, !"aeiou".contains(before) {
    return head.dropLast() + "ies" + rest
  }
  return head + "s" + rest
}

/// Plural and mass nouns, and what begins with a quantity of its own.
private func isWithoutArticle(_ noun: String) -> Bool {
  if ["text", "help", "anything", "any value", "true or false"].contains(noun) || noun.hasPrefix("one of ") {
    return true
  }
  let head = headNoun(noun).head
  return head.hasSuffix("s") && !head.hasSuffix("ss") && !head.hasSuffix("is") && !head.hasSuffix("us")
}

/// "list of numbers" → "list" and " of numbers".
private func headNoun(_ noun: String) -> (head: String, rest: String) {
  let words = noun.split(separator: " ", omittingEmptySubsequences: false)
  guard let of = words.firstIndex(of: "of") else { return (noun, "") }
  return (words[..<of].joined(separator: " "), " " + words[of...].joined(separator: " "))
}

// MARK: - Lists

/// "adam, sgd or lars".
public func listed(_ words: [String], last: String = "or") -> String {
  guard let final = words.last else { return "" }
  return words.count == 1 ? final : words.dropLast().joined(separator: ", ") + " \(last) " + final
}

/// "cat, dog, frog, …": the first few of many.
public func firstFew(_ words: [String], most: Int = 6) -> String {
  words.prefix(most).joined(separator: ", ") + (words.count > most ? ", …" : "")
}
