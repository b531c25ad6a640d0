/// How the numbers that a training is watched by are written.
enum Measured {
  /// Shares of one, which read as per cent.
  static func isShare(_ name: String) -> Bool {
    name == "knn" || name == "probe" || name == "accuracy" || name.contains("top")
  }

  /// "43.2 %", "−2.104".
  static func text(_ name: String, _ value: Double) -> String {
    if isShare(name) { return Format.percent(value) }
    return Format.decimal(value, abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 3)
  }

  /// The name as a heading: "positives top-1".
  static func label(_ name: String) -> String {
    name.replacing("_", with: " ").replacing("top1", with: "top-1").replacing("top5", with: "top-5")
  }
}
