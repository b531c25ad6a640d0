/// Small files in which the system says something of itself: `/proc`, control groups.
package enum SystemFile {
  /// Empty where it cannot be read.
  package static func lines(of path: String) -> [String] {
    bytes(of: path).split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The text after the colon of the first line that begins with `name`: "model name : …".
  package static func value(_ name: String, in path: String) -> String? {
    let line = bytes(of: path).split(separator: UInt8(ascii: "\n")).first { $0.starts(with: name.utf8) }
    guard let line, let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    return String(decoding: line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
  }

  /// The number that is the first word of the file; nil where there is none ("max").
  package static func number(in path: String) -> Int? {
    lines(of: path).first.flatMap { words($0).first }.flatMap { Int($0) }
  }

  /// The number in the line that begins with the word `name`: "MemAvailable:   100 kB", "inactive_file 100".
  package static func number(_ name: String, in path: String) -> Int? {
    for line in lines(of: path) {
      let words = words(line)
      if words.count > 1, words[0] == name, let value = Int(words[1]) { return value }
    }
    return nil
  }

  /// Split as bytes: some of this is read at every start, and the tables by which characters are told apart need not be loaded for it.
  private static func words(_ line: String) -> [String] {
    line.utf8.split { $0 <= UInt8(ascii: " ") || $0 == UInt8(ascii: ":") }.map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// None of these files is long.
  private static func bytes(of path: String) -> [UInt8] { (try? InputFile(path).rest(most: 1 << 24)) ?? [] }
}
