/// Type of the cells of a column in a CSV file.
///
/// A column is one of numbers if every cell is one that is not missing. Empty cells are missing, and so are NA, N/A, null and the like
/// in a column of numbers; elsewhere they are words. What a number would not give back, such as the 007 of a run, stays text.
struct CSVColumn {
  /// Whether numbers may have a decimal comma: only if commas do not separate columns.
  let allowsCommas: Bool

  /// Throws what `check` throws, which is called now and then.
  func cells(_ texts: [String], _ check: () throws -> Void) throws -> [TableValue.Cell] {
    let hasCommas = allowsCommas && texts.contains { $0.utf8.contains(UInt8(ascii: ",")) }
    if let numbers = try numbers(texts, comma: hasCommas, check) { return numbers }
    return texts.map { $0.isEmpty ? .missing : .text($0) }
  }

  /// Numbers of the cells; nil if one is neither a number nor missing, or if all are missing by words alone.
  private func numbers(_ texts: [String], comma: Bool, _ check: () throws -> Void) throws -> [TableValue
    .Cell]?
  {
    var cells: [TableValue.Cell] = []
    cells.reserveCapacity(texts.count)
    var (numbers, words) = (0, 0)
    for (row, text) in texts.enumerated() {
      if row % 4096 == 0 { try check() }
      if text.isEmpty {
        cells.append(.missing)
      } else if let number = CSVColumn.number(text, comma: comma) {
        cells.append(.number(number))
        numbers += 1
      } else if CSVColumn.missing.contains(text.lowercased()) {
        cells.append(.missing)
        words += 1
      } else {
        return nil
      }
    }
    return words > 0 && numbers == 0 ? nil : cells
  }

  /// Words that programs write for a missing number, in lower case. "nan" is NaN.
  private static let missing: Set<String> = ["na", "n/a", "#n/a", "<na>", "null", "none", "-", "–", "?"]

  /// The number that a cell writes, as 3, -0.5, 1e-4, nan, inf; with a decimal comma also 1.234,5.
  static func number(_ cell: String, comma: Bool = false) -> Double? {
    var text = cell[...]
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    let signless = text.first == "-" || text.first == "+" ? text.dropFirst() : text
    guard let first = signless.utf8.first else { return nil }
    if first > UInt8(ascii: "9") {
      let word = signless.lowercased()
      return word == "nan" || word == "inf" ? Double(text) : nil
    }
    guard signless.utf8.allSatisfy({ "0123456789.,eE+-".utf8.contains($0) }) else { return nil }
    let digits = signless.prefix { ("0"..."9").contains($0) }
    if comma { return germanNumber(text, signless) }
    // 007 is a name, and so are more digits than a number keeps.
    if digits.count > 1, digits.first == "0" { return nil }
    guard let value = Double(text), value.isFinite else { return nil }
    if digits.count == signless.count, digits.count > 15, !isKept(digits, value) { return nil }
    return value
  }

  private static func isKept(_ digits: Substring, _ value: Double) -> Bool {
    guard let whole = Int(digits) else { return false }
    return Int(exactly: abs(value)) == whole
  }

  /// Points part groups of three digits before the comma.
  private static func germanNumber(_ text: Substring, _ signless: Substring) -> Double? {
    let parts = signless.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= 2 else { return nil }
    let groups = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard
      groups.count == 1
        || (groups.dropFirst().allSatisfy { $0.count == 3 } && (1...3).contains(groups[0].count))
    else { return nil }
    let plain = groups.joined() + (parts.count == 2 ? ".\(parts[1])" : "")
    return number((text.first == "-" ? "-" : "") + plain)
  }
}
