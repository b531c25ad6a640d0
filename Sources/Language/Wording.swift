/// The few rules of English that messages need.

/// A word of the user in backticks, cut to a length that fits a message.
func quoted(_ word: String) -> String { "`\(shortened(word))`" }

func shortened(_ text: String, to length: Int = 40) -> String {
  text.count <= length ? text : String(text.prefix(length - 1)) + "…"
}

/// "a model", "an encoder", "a list of numbers", "images", "text", "an embedding or images".
package func withArticle(_ typeName: String) -> String {
  let first = typeName.firstRange(of: " or ").map { String(typeName[..<$0.lowerBound]) } ?? typeName
  if isWithoutArticle(typeName == "true or false" || typeName.hasPrefix("one of ") ? typeName : first) {
    return typeName
  }
  guard let first = typeName.lowercased().first else { return typeName }
  return ("aeiou".contains(first) ? "an " : "a ") + typeName
}

/// "model" → "models", "list of numbers" → "lists of numbers"; what is plural already stays.
package func plural(_ typeName: String) -> String {
  if typeName == "any value" { return "values" }
  if typeName == "text" { return "texts" }
  if isWithoutArticle(typeName) { return typeName }
  let (head, rest) = headNoun(typeName)
  if head.hasSuffix("is") { return head.dropLast(2) + "es" + rest }
  if head.hasSuffix("s") || head.hasSuffix("x") { return head + "es" + rest }
  if head.hasSuffix("y"), let before = head.dropLast().last, !"aeiou".contains(before) {
    return head.dropLast() + "ies" + rest
  }
  return head + "s" + rest
}

/// Plural and mass nouns, and what begins with a quantity of its own.
private func isWithoutArticle(_ typeName: String) -> Bool {
  if ["text", "help", "anything", "any value", "true or false"].contains(typeName)
    || typeName.hasPrefix("one of ")
  {
    return true
  }
  let head = headNoun(typeName).head
  return head.hasSuffix("s") && !head.hasSuffix("ss") && !head.hasSuffix("is") && !head.hasSuffix("us")
}

/// "list of numbers" → "list" and " of numbers".
private func headNoun(_ typeName: String) -> (head: String, rest: String) {
  let words = typeName.split(separator: " ", omittingEmptySubsequences: false)
  guard let of = words.firstIndex(of: "of") else { return (typeName, "") }
  return (words[..<of].joined(separator: " "), " " + words[of...].joined(separator: " "))
}

/// "adam, sgd or lars".
package func listed(_ words: [String], last: String = "or") -> String {
  guard let final = words.last else { return "" }
  return words.count == 1 ? final : words.dropLast().joined(separator: ", ") + " \(last) " + final
}

/// A count with its noun: "1 row", "12,000 rows".
func counted(_ count: Int, _ noun: String) -> String {
  NumberText.grouped(count) + " " + (count == 1 ? noun : plural(noun))
}

/// "there are no rows", "there is 1 row", "there are 3 rows".
func thereAre(_ count: Int, _ noun: String) -> String {
  count == 0 ? "there are no \(plural(noun))" : "there \(count == 1 ? "is" : "are") \(counted(count, noun))"
}

/// A sentence begins with a capital and ends with a point, whoever wrote it. What begins with a path or with a word of
/// the language in backticks keeps its case.
func sentence(_ text: String) -> String {
  let first = text.prefix { $0 != " " }
  let isWord = first.allSatisfy { $0.isLetter || $0 == "," || $0 == "’" || $0 == ":" }
  return ended(isWord ? text.prefix(1).uppercased() + text.dropFirst() : text)
}

/// The end of a sentence has a point.
func ended(_ text: String) -> String {
  guard let last = text.last, !".!?…:".contains(last) else { return text }
  return text + "."
}
