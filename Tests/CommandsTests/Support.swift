import Commands
import Figures
import Foundation
import FrontEnd
import Language
import Testing

/// Gathers what a cell shows.
final class Gathered: Console {
  var text = ""
  var shown: [Rich] = []
  var results: [Rich] = []
  var updates = 0
  /// Displays that can be updated, in their last state.
  var places: [String: Rich] = [:]

  func write(_ text: String, to stream: TextStream) { self.text += text }
  func display(_ rich: Rich, id: String?) {
    shown.append(rich)
    if let id { places[id] = rich }
  }
  func update(_ rich: Rich, id: String) {
    updates += 1
    places[id] = rich
  }
  func result(_ rich: Rich) { results.append(rich) }
}

extension Session {
  /// Runs a cell and gives what it showed.
  @discardableResult
  func gather(_ cell: String) throws -> Gathered {
    let console = Gathered()
    _ = try run(cell: cell, console: console)
    return console
  }

  /// The error that a cell ends with.
  func failure(_ cell: String) -> CellError? {
    do throws(CellError) {
      _ = try run(cell: cell, console: Gathered())
      return nil
    } catch {
      return error
    }
  }
}

extension CellError {
  /// Message and advice, without the excerpt between them: that repeats the cell, and so most words one could look for.
  var said: String { advice.map { "\(message)\n\($0)" } ?? message }

  /// The part of the cell's line that the carets stand under.
  func underlined(in cell: String) -> String {
    let lines = cell.split(separator: "\n", omittingEmptySubsequences: false)
    let carets = plainText.split(separator: "\n").dropFirst().first { line in
      line.contains("^") && line.allSatisfy { " |^".contains($0) }
    }
    guard let line, let column, lines.indices.contains(line - 1), let carets else { return "" }
    let width = carets.count { $0 == "^" }
    return String(
      String.UnicodeScalarView(lines[line - 1].unicodeScalars.dropFirst(column - 1).prefix(width)))
  }
}

/// The suites that change the current folder, which belongs to the whole process: one test of them at a time.
@Suite("In a folder of its own", .serialized)
enum TestsInOneFolder {}

/// A folder of its own as the current one, with data for the examples: `photos`, `mnist`, CIFAR-10, CIFAR-100, STL-10 and arrays of NumPy.
///
/// Only for suites in `TestsInOneFolder`.
final class DataFolder {
  let path: String
  private let before = FileManager.default.currentDirectoryPath

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("contrast-\(UUID())").path
    for folder in ["photos/cat", "photos/dog", "mnist", "cifar-10-batches-bin"] {
      try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
    }
    try makePhotos()
    try makeDigits()
    try makeCIFAR10()
    try makeSets()
    try Data("# Twice x.\ndefine twice x { 2 * x }\n".utf8).write(
      to: URL(fileURLWithPath: "\(path)/mine.contrast"))
    _ = FileManager.default.changeCurrentDirectoryPath(path)
    setenv("CONTRAST_DATA", path, 1)
  }

  deinit {
    _ = FileManager.default.changeCurrentDirectoryPath(before)
    try? FileManager.default.removeItem(atPath: path)
  }

  private func makePhotos() throws {
    for (shade, name) in [(90, "cat"), (160, "dog")] {
      for number in 0..<6 {
        let pixels = (0..<20 * 16 * 3).map { UInt8(($0 * (number + 3) + shade) % 256) }
        let grid = PictureGrid(pictures: [.init(try Bitmap(width: 20, height: 16, pixels: pixels))])
        try Figure(marks: [.pictures(grid)]).png().write(
          to: URL(fileURLWithPath: "\(path)/photos/\(name)/\(number).png"))
      }
    }
  }

  private func makeDigits() throws {
    func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }
    for (part, count) in [("train", 30), ("t10k", 10)] {
      let pixels = (0..<count * 28 * 28).map { UInt8($0 % 251) }
      let images: [UInt8] = [0, 0, 8, 3] + number(count) + number(28) + number(28) + pixels
      let labels: [UInt8] = [0, 0, 8, 1] + number(count) + (0..<count).map { UInt8($0 % 10) }
      try Data(images).write(to: URL(fileURLWithPath: "\(path)/mnist/\(part)-images-idx3-ubyte"))
      try Data(labels).write(to: URL(fileURLWithPath: "\(path)/mnist/\(part)-labels-idx1-ubyte"))
    }
  }

  /// What `make_sets.py` wrote for the tests of images, and a few pictures in STL-10's layout.
  private func makeSets() throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let sets = tests.appendingPathComponent("ImagesTests/Fixtures/sets")
    for (from, to) in [("cifar-100-python", "cifar-100-python"), ("medmnist.npz", "pneumoniamnist.npz")] {
      try FileManager.default.copyItem(
        atPath: sets.appendingPathComponent(from).path, toPath: "\(path)/\(to)")
    }
    try FileManager.default.createDirectory(atPath: "\(path)/stl10_binary", withIntermediateDirectories: true)
    for (part, count) in [("train", 20), ("test", 10), ("unlabeled", 30)] {
      let images = Data((0..<count * 96 * 96 * 3).map { UInt8(truncatingIfNeeded: $0 / 7) })
      try images.write(to: URL(fileURLWithPath: "\(path)/stl10_binary/\(part)_X.bin"))
      try Data((0..<count).map { UInt8($0 % 10 + 1) }).write(
        to: URL(fileURLWithPath: "\(path)/stl10_binary/\(part)_y.bin"))
    }
  }

  private func makeCIFAR10() throws {
    // The right size, all of it zero but the labels: what matters here is that the command finds and reads it.
    var batch = Data(count: 10_000 * 3073)
    for record in 0..<10_000 { batch[record * 3073] = UInt8(record % 10) }
    for name in (1...5).map({ "data_batch_\($0)" }) + ["test_batch"] {
      try batch.write(to: URL(fileURLWithPath: "\(path)/cifar-10-batches-bin/\(name).bin"))
    }
  }
}
