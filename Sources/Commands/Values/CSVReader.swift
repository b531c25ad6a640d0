import Language
import Tensors

/// Reads comma-separated values (RFC 4180) as spreadsheets, pandas and `export` write them.
///
/// The first line names the columns. A cell in quotes may hold commas, line ends and doubled quotes; lines end in LF, CRLF
/// or CR; a mark of UTF-8 at the start is passed over. A cell of nothing is missing, and a column is one of numbers if
/// every cell that is not missing is a number.
struct CSVReader {
  private let bytes: [UInt8]
  private let path: String
  private var position = 0
  private var line = 1

  private static let comma = UInt8(ascii: ",")
  private static let quote = UInt8(ascii: "\"")
  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// A line of the file, or several where a cell spans them.
  private struct Record {
    let line: Int
    var cells: [String] = []
    var isBlank: Bool { cells == [""] }
  }

  /// The most bytes that are read.
  private static let most = 1 << 28

  /// The table in a file.
  /// Throws: `Problem` about `path` where the file holds none.
  static func table(at path: String) throws -> TableValue {
    try table(of: try WholeFile.read(path, most: most), path: path)
  }

  static func table(of bytes: [UInt8], path: String) throws -> TableValue {
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    guard !text.isEmpty else {
      throw problem("\(path) is empty, and a table begins with the names of its columns")
    }
    guard !text.contains(0), String(validating: text, as: UTF8.self) != nil else {
      throw problem("\(path) is not text in UTF-8", "save it once more as “CSV UTF-8”")
    }
    var reader = CSVReader(bytes: text, path: path)
    let header = try reader.record()
    if header.isBlank, reader.isAtEnd { return TableValue() }
    return try reader.table(under: reader.names(in: header))
  }

  private init(bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
  }

  private static func problem(_ message: String, _ advice: String? = nil) -> Problem {
    Problem(message, about: "path", advice: advice, kind: .badValue)
  }

  // MARK: - Rows

  private func names(in header: Record) throws -> [String] {
    let names = header.cells.enumerated().map { $0.element.isEmpty ? "column \($0.offset + 1)" : $0.element }
    var seen: Set<String> = []
    if let twice = names.first(where: { !seen.insert($0).inserted }) {
      throw CSVReader.problem("two columns of \(path) are called \(twice)", "give each a name of its own")
    }
    return names
  }

  private mutating func table(under names: [String]) throws -> TableValue {
    var columns = [[String]](repeating: [], count: names.count)
    while !isAtEnd {
      let record = try record()
      // A blank line is a missing cell where there is but one column, and nothing elsewhere.
      if record.isBlank, names.count > 1 { continue }
      guard record.cells.count == names.count else {
        throw CSVReader.problem(
          "line \(record.line) of \(path) has \(Format.counted(record.cells.count, "cell")), and the first line names "
            + Format.counted(names.count, "column"),
          "a cell that holds a comma goes in quotes; columns are set apart by commas")
      }
      for (column, cell) in record.cells.enumerated() { columns[column].append(cell) }
    }
    let cells = columns.map(CSVReader.cells)
    let rows = (columns.first ?? []).indices.map { row in cells.map { $0[row] } }
    return TableValue(columns: names, rows: rows)
  }

  private static func cells(of column: [String]) -> [TableValue.Cell] {
    let numbers = column.map(number)
    let isNumeric = zip(column, numbers).allSatisfy { $0.isEmpty || $1 != nil }
    return zip(column, numbers).map { text, number in
      if text.isEmpty { return .missing }
      return isNumeric ? number.map { .number($0) } ?? .missing : .text(text)
    }
  }

  /// The number that a cell writes, as 3, -0.5, 1e-4, nan, inf.
  private static func number(_ cell: String) -> Double? {
    let text = cell.drop { $0 == " " }
    let word = text.drop { $0 == "-" || $0 == "+" }.lowercased()
    if word == "nan" || word == "inf" { return Double(text) }
    guard !text.isEmpty, text.utf8.allSatisfy({ "0123456789.eE+-".utf8.contains($0) }) else { return nil }
    return Double(text).flatMap { $0.isFinite ? $0 : nil }
  }

  // MARK: - Cells

  private var isAtEnd: Bool { position >= bytes.count }

  /// The cells up to the end of the line, which is passed over.
  private mutating func record() throws -> Record {
    var record = Record(line: line)
    while true {
      record.cells.append(try cell())
      guard !isAtEnd else { return record }
      let mark = bytes[position]
      position += 1
      if mark == CSVReader.comma { continue }
      if mark == CSVReader.carriageReturn, !isAtEnd, bytes[position] == CSVReader.newline { position += 1 }
      line += 1
      return record
    }
  }

  /// One cell, up to the comma or the end of the line behind it.
  private mutating func cell() throws -> String {
    guard !isAtEnd, bytes[position] == CSVReader.quote else {
      let start = position
      while !isAtEnd, !isMark(bytes[position]) { position += 1 }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
    let opening = line
    var text: [UInt8] = []
    position += 1
    while !isAtEnd {
      let byte = bytes[position]
      position += 1
      if byte == CSVReader.quote {
        guard !isAtEnd, bytes[position] == CSVReader.quote else { return try closed(text) }
        position += 1
      }
      if byte == CSVReader.newline { line += 1 }
      text.append(byte)
    }
    throw CSVReader.problem(
      "the quote that opens in line \(opening) of \(path) is never closed", "the file may be cut off")
  }

  /// The text of a cell in quotes; nothing may follow but a comma or the end of the line.
  private func closed(_ text: [UInt8]) throws -> String {
    guard isAtEnd || isMark(bytes[position]) else {
      throw CSVReader.problem(
        "in line \(line) of \(path) something follows a closing quote",
        "a quote inside a cell in quotes is written twice")
    }
    return String(decoding: text, as: UTF8.self)
  }

  private func isMark(_ byte: UInt8) -> Bool {
    byte == CSVReader.comma || byte == CSVReader.newline || byte == CSVReader.carriageReturn
  }
}
