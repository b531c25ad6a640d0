import FoundationEssentials

/// Properties of this computer's CPU.
enum Processor {
  /// The instructions that the compiled loops use, x86-64-v3, as Linux names them.
  private static let needed = ["avx2", "fma", "bmi1", "bmi2", "f16c", "movbe"]

  private static func line(_ name: String) -> String? {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    return line.flatMap { $0.split(separator: ":", maxSplits: 1).last }.map {
      String($0.drop { $0 == " " || $0 == "\t" })
    }
  }

  static var name: String { line("model name") ?? "unknown" }

  /// The needed instructions that it does not have; none where that cannot be found out.
  static var missing: [String] {
    #if arch(x86_64)
      guard let flags = line("flags") else { return [] }
      let known = Set(flags.split(separator: " "))
      return needed.filter { !known.contains(Substring($0)) }
    #else
      return []
    #endif
  }
}
