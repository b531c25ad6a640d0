/// The known word nearest to a mistyped one, or nil when none is near enough to be meant.
public func nearestWord(to word: String, among candidates: some Sequence<String>) -> String? {
  let typed = Array(word.lowercased())
  // Nobody means a word by forty letters of something else, and the distance costs their product.
  guard !typed.isEmpty, typed.count <= 40 else { return nil }
  let slack = max(1, typed.count / 3)
  var best: (word: String, distance: Int)?
  for candidate in candidates {
    let known = Array(candidate.lowercased())
    guard known.count <= 60 else { continue }
    var distance = editDistance(typed, known)
    let isStart =
      typed.count >= 3 && (known.starts(with: typed) || typed.starts(with: known) && known.count >= 3)
    // The start of a word is a word not yet finished rather than a slip.
    if isStart { distance = min(distance, slack) }
    guard distance <= slack, distance < max(typed.count, known.count) else { continue }
    if distance < (best?.distance ?? Int.max) { best = (candidate, distance) }
  }
  return best?.word
}

/// Damerau–Levenshtein distance (optimal string alignment): insertions, deletions, substitutions and swaps of
/// neighbours, each counted 1.
package func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in 1...a.count {
    var row = [Int](repeating: i, count: b.count + 1)
    for j in 1...b.count {
      let cost = a[i - 1] == b[j - 1] ? 0 : 1
      row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        row[j] = min(row[j], beforeLast[j - 2] + 1)
      }
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}

/// One key for the spellings that English has for a word, so that `colour` finds `color` and the other way round.
package func spellingKey(_ word: String) -> String {
  var letters = Array(word.utf8)
  var isChanged = false
  for (british, american) in spelledTwoWays {
    while let place = position(of: british, in: letters) {
      letters.replaceSubrange(place..<place + british.count, with: american)
      isChanged = true
    }
  }
  return isChanged ? String(decoding: letters, as: UTF8.self) : word
}

/// The word as it is written on both sides of the Atlantic; once where they agree.
func spellings(of word: String) -> [String] {
  let american = spellingKey(word)
  var letters = Array(american.utf8)
  for (british, american) in spelledTwoWays {
    while let place = position(of: american, in: letters) {
      letters.replaceSubrange(place..<place + american.count, with: british)
    }
  }
  let british = String(decoding: letters, as: UTF8.self)
  return british == american ? [american] : [american, british]
}

/// Every word of a cell is looked up by its key: a plain search over bytes is many times quicker here than that of
/// `String`.
private func position(of part: [UInt8], in letters: [UInt8]) -> Int? {
  guard letters.count >= part.count else { return nil }
  for start in 0...(letters.count - part.count) where letters[start] == part[0] {
    if letters[start..<start + part.count].elementsEqual(part) { return start }
  }
  return nil
}

private let spelledTwoWays: [(british: [UInt8], american: [UInt8])] = [
  ("colour", "color"), ("grey", "gray"), ("neighbour", "neighbor"), ("centre", "center"),
  ("optimis", "optimiz"),
  ("normalis", "normaliz"), ("standardis", "standardiz"), ("visualis", "visualiz"),
  ("regularis", "regulariz"),
  ("behaviour", "behavior"), ("catalogue", "catalog"), ("labelled", "labeled"), ("modelling", "modeling"),
].map { (Array($0.0.utf8), Array($0.1.utf8)) }
