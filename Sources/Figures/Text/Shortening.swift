/// Names cut to what fits, each still told from the others.
package enum Shortening {
  /// Names that fit stay as they are. Others lose their middle; where that would make two alike, they keep what tells them
  /// apart.
  package static func distinct(_ names: [String], fits: (String) -> Bool) -> [String] {
    var out = names.map { fits($0) ? $0 : withoutMiddle(Array($0), fits) }
    guard out != names else { return out }
    // Each round tells apart by the next place at which names differ.
    for _ in 0..<6 {
      let alike = groups(out, names)
      if alike.isEmpty { return out }
      for group in alike {
        let letters = group.map { Array(names[$0]) }
        let place = firstDifference(letters)
        for (index, name) in zip(group, letters) { out[index] = window(name, at: place, fits) }
      }
    }
    for group in groups(out, names) {
      var number: [String: Int] = [:]
      for index in group {
        let own = number[names[index]] ?? number.count + 1
        number[names[index]] = own
        out[index] = withoutMiddle(Array(names[index])) { fits($0 + " (\(own))") } + " (\(own))"
      }
    }
    return out
  }

  /// Places of different names that are cut to the same text.
  private static func groups(_ cut: [String], _ names: [String]) -> [[Int]] {
    Dictionary(grouping: cut.indices) { cut[$0] }.values.filter { group in
      group.contains { names[$0] != names[group[0]] }
    }.sorted { $0[0] < $1[0] }
  }

  private static func firstDifference(_ names: [[Character]]) -> Int {
    let shortest = names.map(\.count).min() ?? 0
    return (0..<shortest).first { place in names.contains { $0[place] != names[0][place] } } ?? shortest
  }

  /// The largest number of letters of both ends that fits.
  private static func withoutMiddle(_ letters: [Character], _ fits: (String) -> Bool) -> String {
    longest(1...max(1, letters.count - 1), fits) { count in
      let tail = count * 2 / 5
      return String(letters.prefix(count - tail)) + "…" + String(letters.suffix(tail))
    }
  }

  /// The beginning, and what stands from a little before `place` on.
  private static func window(_ letters: [Character], at place: Int, _ fits: (String) -> Bool) -> String {
    let start = max(0, min(letters.count - 1, place) - 2)
    let head = start > 4 ? String(letters.prefix(3)) + "…" : String(letters.prefix(start))
    return longest(1...max(1, letters.count - start), fits) { count in
      head + String(letters[start..<min(letters.count, start + count)])
        + (start + count < letters.count ? "…" : "")
    }
  }

  /// The longest of some texts that fits, by bisection; the shortest where none does.
  private static func longest(
    _ counts: ClosedRange<Int>, _ fits: (String) -> Bool, _ text: (Int) -> String
  ) -> String {
    var (low, high) = (counts.lowerBound, counts.upperBound)
    while low < high {
      let middle = (low + high + 1) / 2
      if fits(text(middle)) { low = middle } else { high = middle - 1 }
    }
    return text(low)
  }
}

extension TextSetter {
  /// Names set in `look`, those that need more room than it gives cut so that no two become alike.
  package func names(_ names: [String], _ look: TextStyle) -> [TextBlock] {
    guard let lines = look.lines, let width = look.width else { return names.map { block($0, look) } }
    var free = look
    free.lines = nil
    if lines == 1 { free.width = nil }
    let cut = Shortening.distinct(names) { name in
      let block = block(name, free)
      return lines == 1 ? block.width <= width && block.lineCount == 1 : block.lineCount <= lines
    }
    return cut.map { block($0, look) }
  }
}
