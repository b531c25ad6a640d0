import Glibc

/// Small files in which the system says something of itself: `/proc`, control groups.
enum SystemFile {
  /// Empty where it cannot be read.
  static func lines(of path: String) -> [String] {
    text(of: path)?.split(separator: "\n").map(String.init) ?? []
  }

  /// The number that is the first word of the file; nil where there is none ("max").
  static func number(in path: String) -> Int? {
    text(of: path).flatMap { Int($0.split(whereSeparator: { $0.isWhitespace }).first ?? "") }
  }

  /// The number in the line that begins with the word `name`: "MemAvailable:   100 kB", "inactive_file 100".
  static func number(_ name: String, in path: String) -> Int? {
    for line in lines(of: path) {
      let words = line.split(whereSeparator: { $0 == " " || $0 == ":" })
      if words.count > 1, words[0] == name, let value = Int(words[1]) { return value }
    }
    return nil
  }

  private static func text(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var text: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 14)
    // Some files are given a page at a time; none of these is long.
    while text.count < 1 << 20 {
      let count = read(descriptor, &part, part.count)
      guard count > 0 else { break }
      text += part[..<count]
    }
    return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
  }
}
