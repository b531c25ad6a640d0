import Glibc

/// Numbers as a person writes them.
public enum NumberText {
  /// Six digits that mean something, more for large numbers: 3, 0.1, 0.333333, 12345.67, 1e-7.
  public static func short(_ value: Double) -> String {
    guard value.isFinite else { return special(value) }
    if let whole = Int(exactly: value), abs(value) < 1e15 { return String(whole) }
    let size = abs(value)
    let wholeDigits = size < 1 ? 0 : Int(log10(size)) + 1
    return rounded(value, digits: min(15, max(6, wholeDigits + 2)))
  }

  /// At most `digits` significant digits, without trailing zeros.
  public static func rounded(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return special(value) }
    let precision = Int32(min(max(digits, 1), 17) - 1)
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      let length = withVaList([precision, value]) { vsnprintf(buffer.baseAddress, buffer.count, "%.*e", $0) }
      return String(
        decoding: buffer.prefix(max(0, min(Int(length), 63))).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
    return laidOut(text)
  }

  /// A fixed number of decimals: "−0.50".
  public static func decimal(_ value: Double, _ places: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : value > 0 ? "infinite" : "−infinite" }
    let scaled = (abs(value) * pow(10, Double(places))).rounded()
    // Beyond that a Double holds no such decimals.
    guard scaled < 9e15 else { return short(value) }
    let digits = String(Int64(scaled))
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let text = places == 0 ? padded : padded.dropLast(places) + "." + padded.suffix(places)
    return value < 0 && scaled > 0 ? "−" + text : String(text)
  }

  /// Seconds as "0.8 s", "42 s", "3 min 20 s", "1 h 05 min".
  public static func time(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    if seconds < 9.95 { return decimal(max(0, seconds), 1) + " s" }
    let whole = Int(min(seconds, 1e9).rounded())
    if whole < 60 { return "\(whole) s" }
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    if whole < 3600 { return "\(whole / 60) min \(two(whole % 60)) s" }
    return "\(whole / 3600) h \(two(whole % 3600 / 60)) min"
  }

  /// The shortest text that reads back to the same number: 0.0001, 0.1.
  public static func exact(_ value: Double) -> String {
    value.isFinite ? laidOut(value.description) : special(value)
  }

  /// The shortest text that reads back to the same Float.
  public static func exact(_ value: Float) -> String {
    value.isFinite ? laidOut(value.description) : special(Double(value))
  }

  private static func special(_ value: Double) -> String {
    value.isNaN ? "not a number" : value > 0 ? "infinity" : "-infinity"
  }

  /// `1.5e-05` → `0.000015`, `1e+20` → `1e20`: plain digits where a person can still count them.
  private static func laidOut(_ text: String) -> String {
    let isNegative = text.hasPrefix("-")
    let parts = text.drop { $0 == "-" }.split(separator: "e", omittingEmptySubsequences: false)
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    var digits = mantissa.joined()
    // The point stands after so many of the digits.
    var point = mantissa[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    while digits.hasPrefix("0"), digits.count > 1 {
      digits.removeFirst()
      point -= 1
    }
    while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
    if digits == "0" { return "0" }
    let sign = isNegative ? "-" : ""
    if point > 15 || point < -5 {
      let rest = digits.dropFirst()
      return sign + digits.prefix(1) + (rest.isEmpty ? "" : "." + rest) + "e\(point - 1)"
    }
    if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
    if digits.count <= point { return sign + digits + String(repeating: "0", count: point - digits.count) }
    return sign + digits.prefix(point) + "." + digits.dropFirst(point)
  }
}
