/// The few rules of English that messages need.

/// A word of the user in backticks, cut to a length that fits a message.
func quoted(_ word: String) -> String { "`\(shortened(word))`" }

func shortened(_ text: String, to length: Int = 40) -> String {
  text.count <= length ? text : String(text.prefix(length - 1)) + "…"
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
