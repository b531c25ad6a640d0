import Base
import Foundation
import Networks
import Testing

/// Checksums that weight files carry of themselves.
@Suite("Sealed weight files")
struct WeightSealTests {
  private let path = temporaryPath("sealed.safetensors")
  private let state = State(of: ProjectionHead(input: 3, widths: [4, 2], seed: 1))

  private func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

  private func read(_ bytes: [UInt8]) throws -> WeightFile {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try Weights.read(path)
  }

  @Test("any changed byte is told, and any cut")
  func damage() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Weights.write(
      state, columns: [.init("x", [1, .nan])], metadata: ["a": "b", "note": "xxh64:"], to: path)
    let good = try bytes()
    #expect(try read(good).metadata == ["a": "b", "note": "xxh64:"])
    var byChecksum = 0
    for place in good.indices {
      for bit in [0, 3, 7] {
        var changed = good
        changed[place] ^= 1 << bit
        let error = #expect(throws: WeightFileError.self, "byte \(place), bit \(bit)") { try read(changed) }
        if error == .damaged(path, .checksum) { byChecksum += 1 }
      }
    }
    // All numbers, and much of the header.
    #expect(byChecksum > 3 * 100)
    for length in good.indices {
      #expect(throws: WeightFileError.self) { try read(Array(good[..<length])) }
    }
  }

  @Test("a file that says nothing of a checksum is read as it is")
  func plain() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Weights.write(state, metadata: ["a": "b"], to: path)
    let file = try read(unsealed(try bytes()))
    #expect(file.metadata == ["a": "b"] && file.names == state.entries.map(\.name))
  }
}

/// A file as another program would write it: without the checksum, so that what a test changes in it is not told by that.
func unsealed(_ bytes: [UInt8]) throws -> [UInt8] {
  let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
  let text = String(decoding: bytes[8..<8 + length], as: UTF8.self)
  let header = text.replacing(/,?"checksum":"xxh64:[0-9a-f]{16}"/, with: "").replacing("{,", with: "{")
    .replacing("\"__metadata__\":{},", with: "")
  #expect(header != text)
  return (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8)
    + bytes[(8 + length)...]
}
