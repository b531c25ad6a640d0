import Base
import Glibc
import Language

/// Numbers and times as people write them.
enum Format {
  /// 50000 as "50,000".
  static func count(_ value: Int) -> String { grouped(value).replacing("-", with: "−") }

  /// "1 row", "12,000 rows".
  static func counted(_ value: Int, _ noun: String) -> String { Base.counted(value, noun) }

  /// A fixed number of decimals.
  static func decimal(_ value: Double, _ places: Int) -> String { NumberText.decimal(value, places) }

  /// About four significant digits, without an exponent where that stays short.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return decimal(value, 0) }
    if value == value.rounded(), abs(value) < 1e15 { return count(Int(value)) }
    let size = abs(value)
    guard size < 1e15 else { return "\(value)" }
    if size >= 1000 { return count(Int(value.rounded())) }
    if size >= 1 { return decimal(value, 3) }
    if size >= 1e-3 { return decimal(value, 4) }
    var exponent = Int(log10(size).rounded(.down))
    // 9.999e-5 rounds to 10.00, which is 1.00 of the next power.
    if size / pow(10, Double(exponent)) >= 9.995 { exponent += 1 }
    return decimal(value / pow(10, Double(exponent)), 2) + "e\(exponent)"
  }

  /// The shortest digits that read back as the same number; whole numbers without a point.
  static func exact(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }

  /// A share as "48.6 %".
  static func percent(_ share: Double) -> String { decimal(share * 100, 1) + " %" }

  /// Seconds as "0.8 s", "42 s", "3 min 20 s", "1 h 05 min".
  static func time(_ seconds: Double) -> String { NumberText.time(seconds) }
}
