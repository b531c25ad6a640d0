import Base
import Language

/// Reads comma-separated values (RFC 4180) as spreadsheets, pandas and `export` write them.
///
/// The first line names the columns, and says by what they are set apart: commas, semicolons or tabs, or bars where it has none of these. A cell in quotes may hold
/// these, line ends and doubled quotes; lines end in LF, CRLF or CR; marks of UTF-8 at the start are passed over.
/// `CSVColumn` says what is a number and what is missing.
struct CSVReader {
  private let bytes: [UInt8]
  private let path: String
  private let separator: UInt8
  /// Called now and then; throws where the person asked to stop.
  private let check: () throws -> Void
  private var position = 0
  private var line = 1

  private static let quote = UInt8(ascii: "\"")
  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// Possible separators of columns, comma by default; of equally frequent ones in the first line, the first of these.
  private static let separators: [(byte: UInt8, name: String)] = [
    (UInt8(ascii: "\t"), "tab"), (UInt8(ascii: ";"), "semicolon"), (UInt8(ascii: ","), "comma"),
    (UInt8(ascii: "|"), "bar"),
  ]

  /// Range of a cell in the file, without the quotes around it.
  private struct Field {
    let start: UInt32
    let end: UInt32
    /// Whether quotes in it are doubled.
    let isEscaped: Bool
  }

  /// The most bytes that are read.
  private static let most = 1 << 28

  /// The table in a file.
  /// Throws: `Problem` about `path` where the file holds none, and what `check` throws.
  static func table(at path: String, checking check: @escaping () throws -> Void) throws -> TableValue {
    let bytes = try WholeFile.read(path, most: most)
    var text = bytes[...]
    // More than one where a program put its own before that of another.
    while text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
    guard !text.isEmpty else {
      throw problem("\(path) is empty, and a table begins with the names of its columns")
    }
    guard !text.contains(0), String(validating: text, as: UTF8.self) != nil else {
      throw problem("\(path) is not text in UTF-8", "save it once more as “CSV UTF-8”")
    }
    var reader = CSVReader(bytes: Array(text), path: path, check: check)
    return try reader.table()
  }

  private init(bytes: [UInt8], path: String, check: @escaping () throws -> Void) {
    self.bytes = bytes
    self.path = path
    self.check = check
    separator = CSVReader.separator(of: bytes)
  }

  /// The most frequent separator of the first line, outside quotes.
  private static func separator(of bytes: [UInt8]) -> UInt8 {
    var counts = [Int](repeating: 0, count: separators.count)
    var isQuoted = false
    for byte in bytes {
      if byte == quote { isQuoted.toggle() }
      if isQuoted { continue }
      if byte == newline || byte == carriageReturn { break }
      if let place = separators.firstIndex(where: { $0.byte == byte }) { counts[place] += 1 }
    }
    // A bar is also a sign within names.
    if counts.dropLast().contains(where: { $0 > 0 }) { counts[counts.count - 1] = 0 }
    guard let most = counts.max(), most > 0 else { return UInt8(ascii: ",") }
    return separators[counts.firstIndex(of: most)!].byte
  }

  /// A line about a table of one column whose cells look like several, set apart by something else; nil where nothing does.
  static func note(on table: TableValue, from path: String) -> String? {
    guard table.columns.count == 1, table.rows.count > 1 else { return nil }
    for (name, sign) in [("spaces", " "), ("colons", ":")] {
      func parts(_ text: String) -> Int { text.split(separator: sign).count }
      let count = parts(table.columns[0])
      let isAlike = table.rows.prefix(20).allSatisfy { row in
        if case .text(let text)? = row.first { parts(text) == count } else { false }
      }
      guard count > 1, isAlike else { continue }
      return
        "\(path) is read as one column, and looks like \(count) set apart by \(name): commas, semicolons, tabs and bars set columns apart.\n"
    }
    return nil
  }

  private static func problem(_ message: String, _ advice: String? = nil) -> Problem {
    Problem(message, about: Open.command.word(\.$path), advice: advice, kind: .badValue)
  }

  // MARK: - Rows

  private mutating func table() throws -> TableValue {
    var header: [Field] = []
    try readRecord(into: &header)
    if isBlank(header), isAtEnd { return TableValue() }
    let names = try names(in: header)
    var fields: [Field] = []
    var rows = 0
    while !isAtEnd {
      if rows % 4096 == 0 { try check() }
      let (first, line) = (fields.count, line)
      try readRecord(into: &fields)
      // A blank line is a missing cell where there is but one column, and nothing elsewhere.
      if names.count > 1, fields.count == first + 1, isBlank(fields[first...]) {
        fields.removeLast()
        continue
      }
      guard fields.count - first == names.count else { throw unequal(fields.count - first, names, in: line) }
      rows += 1
    }
    return TableValue(columns: names, rows: try cells(of: fields, rows: rows, columns: names.count))
  }

  private func unequal(_ cells: Int, _ names: [String], in line: Int) -> Problem {
    let name = CSVReader.separators.first { $0.byte == separator }?.name ?? "comma"
    return CSVReader.problem(
      "line \(line) of \(path) has \(Format.counted(cells, "cell")), and the first line names "
        + Format.counted(names.count, "column"),
      "a cell that holds a \(name) goes in quotes; columns are set apart by \(name)s here")
  }

  private func isBlank(_ fields: some Collection<Field>) -> Bool {
    fields.count == 1 && fields.first!.start == fields.first!.end
  }

  private func names(in header: [Field]) throws -> [String] {
    let names = header.enumerated().map { place, field in
      // Blanks beside a separator belong to nobody's name.
      let name = CSVReader.trimmed(text(field))
      return name.isEmpty ? "column \(place + 1)" : name
    }
    var seen: Set<String> = []
    if let twice = names.first(where: { !seen.insert($0).inserted }) {
      throw CSVReader.problem("two columns of \(path) are called \(twice)", "give each a name of its own")
    }
    return names
  }

  private static func trimmed(_ text: String) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  private func cells(of fields: [Field], rows: Int, columns: Int) throws -> [[TableValue.Cell]] {
    var table = [[TableValue.Cell]](repeating: [], count: rows)
    for row in table.indices { table[row].reserveCapacity(columns) }
    for column in 0..<columns {
      var texts: [String] = []
      texts.reserveCapacity(rows)
      for row in 0..<rows {
        if row % 4096 == 0 { try check() }
        texts.append(text(fields[row * columns + column]))
      }
      let cells = try CSVColumn(allowsCommas: separator == UInt8(ascii: ";")).cells(texts, check)
      for row in 0..<rows { table[row].append(cells[row]) }
    }
    return table
  }

  private func text(_ field: Field) -> String {
    let bytes = bytes[Int(field.start)..<Int(field.end)]
    guard field.isEscaped else { return String(decoding: bytes, as: UTF8.self) }
    // Quotes come in pairs here, and one of each pair stays.
    var isSecond = false
    let plain = bytes.filter { byte in
      isSecond = byte == CSVReader.quote && !isSecond
      return byte != CSVReader.quote || isSecond
    }
    return String(decoding: plain, as: UTF8.self)
  }

  // MARK: - Cells

  private var isAtEnd: Bool { position >= bytes.count }

  /// The cells up to the end of the line, which is passed over.
  private mutating func readRecord(into fields: inout [Field]) throws {
    while true {
      fields.append(try field())
      guard !isAtEnd else { return }
      let mark = bytes[position]
      position += 1
      if mark == separator { continue }
      if mark == CSVReader.carriageReturn, !isAtEnd, bytes[position] == CSVReader.newline { position += 1 }
      line += 1
      return
    }
  }

  /// One cell, up to the separator or the end of the line behind it.
  private mutating func field() throws -> Field {
    guard !isAtEnd, bytes[position] == CSVReader.quote else {
      let start = position
      while !isAtEnd, !isMark(bytes[position]) { position += 1 }
      return Field(start: UInt32(start), end: UInt32(position), isEscaped: false)
    }
    let opening = line
    position += 1
    let start = position
    var isEscaped = false
    while !isAtEnd {
      let byte = bytes[position]
      position += 1
      if byte == CSVReader.quote {
        guard !isAtEnd, bytes[position] == CSVReader.quote else {
          try checkEnd()
          return Field(start: UInt32(start), end: UInt32(position - 1), isEscaped: isEscaped)
        }
        isEscaped = true
        position += 1
      }
      if byte == CSVReader.newline { line += 1 }
    }
    throw CSVReader.problem(
      "the quote that opens in line \(opening) of \(path) is never closed", "the file may be cut off")
  }

  /// Checks that a separator or the end of the line follows a closing quote.
  private func checkEnd() throws {
    guard isAtEnd || isMark(bytes[position]) else {
      throw CSVReader.problem(
        "in line \(line) of \(path) something follows a closing quote",
        "a quote inside a cell in quotes is written twice")
    }
  }

  private func isMark(_ byte: UInt8) -> Bool {
    byte == separator || byte == CSVReader.newline || byte == CSVReader.carriageReturn
  }
}
