import Base

/// Properties of this computer's CPU.
enum Processor {
  /// The instructions that the compiled loops use, x86-64-v3, as Linux names them.
  private static let needed = ["avx2", "fma", "bmi1", "bmi2", "f16c", "movbe"]

  static var name: String { SystemFile.value("model name", in: "/proc/cpuinfo") ?? "unknown" }

  /// The needed instructions that it does not have; none where that cannot be found out.
  static var missing: [String] {
    #if arch(x86_64)
      guard let flags = SystemFile.value("flags", in: "/proc/cpuinfo") else { return [] }
      let known = flags.utf8.split(separator: UInt8(ascii: " "))
      return needed.filter { flag in !known.contains { $0.elementsEqual(flag.utf8) } }
    #else
      return []
    #endif
  }
}
