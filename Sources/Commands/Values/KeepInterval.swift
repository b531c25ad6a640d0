import Language
import Learning

/// Time between two states of a training that are kept: "5 min", "2 epochs", "500 steps".
struct KeepInterval: OptionValue, Equatable {
  static let typeName = "time, epochs or steps in quotes, such as \"5 min\" or \"2 epochs\""
  let interval: Keep.Interval
  let written: String

  static let usual = KeepInterval(interval: .seconds(300), written: "5 min".written)

  /// Units of time and their seconds.
  private static let times: [(words: [String], seconds: Double)] = [
    (["s", "sec", "second", "seconds"], 1), (["min", "minute", "minutes"], 60),
    (["h", "hour", "hours"], 3600),
  ]

  static func read(_ value: any Value) throws -> KeepInterval {
    guard let text = (value as? Text)?.text else { throw Mismatch(expected: typeName, found: value) }
    let number = text.prefix { $0.isNumber || $0 == "." }
    let unit = text.dropFirst(number.count).filter { $0 != " " }.lowercased()
    guard let count = Double(number), count > 0, count < 1e9 else {
      throw Mismatch(expected: typeName, found: "this is \(text.written)")
    }
    func whole(_ make: (Int) -> Keep.Interval) throws -> KeepInterval {
      guard let whole = Int(exactly: count) else {
        throw Mismatch(expected: "whole number of \(unit)", found: "this is \(number)")
      }
      return KeepInterval(interval: make(whole), written: text.written)
    }
    switch unit {
    case "epoch", "epochs": return try whole(Keep.Interval.epochs)
    case "step", "steps": return try whole(Keep.Interval.steps)
    default:
      guard let time = times.first(where: { $0.words.contains(unit) }) else {
        throw Mismatch(expected: typeName, found: "this is \(text.written)")
      }
      return KeepInterval(interval: .seconds(count * time.seconds), written: text.written)
    }
  }
}
