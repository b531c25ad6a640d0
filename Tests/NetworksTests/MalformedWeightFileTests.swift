import Base
import Foundation
import Networks
import Tensors
import Testing

@Suite("Bad weight files and bad places for them")
struct MalformedWeightFileTests {
  private static let good = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"

  @Test(
    "each malformed header is an error that names the file",
    arguments: [
      "", " ", "[]", "{", "{}x", "{\"a\"}", "{\"a\":}", "{\"a\":1}", "null", "{\"a\":{}}", "{'a':{}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} x",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"more\":1}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[02],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":4,\"shape\":[2],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,16]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,1e1]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,2],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[0,4611686018427387904,4],\"data_offsets\":[0,0]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
      "{\"__metadata__\":[],\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
      "{\"__metadata__\":{\"x\":1},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
      "{\"a\\u12\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
      "{\"a\\ud800\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
      "{\"a\\q\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
      "{\"a\u{1}\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
    ])
  func header(text: String) throws {
    let path = try written(text, [UInt8](repeating: 0, count: 8))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let error = #expect(throws: WeightFileError.self) { try Weights.read(path) }
    switch error {
    case .damaged(path, _)?, .kind(path, name: _, _)?: break
    default: Issue.record("\(error as Any)")
    }
  }

  @Test(
    "a length of the header that cannot be is an error", arguments: [0, 1, 200, 100_000_001, 1 << 40, .max])
  func length(length: UInt64) throws {
    let path = try written(MalformedWeightFileTests.good, [UInt8](repeating: 0, count: 8), length: length)
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(throws: WeightFileError.self) { try Weights.read(path) }
  }

  @Test("a file cut off anywhere is an error")
  func cutOff() throws {
    let whole = try written(MalformedWeightFileTests.good, [UInt8](repeating: 0, count: 8))
    defer { try? FileManager.default.removeItem(atPath: whole) }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: whole))
    #expect(try Weights.read(whole).names == ["a"])
    for length in 0..<bytes.count {
      try bytes.prefix(length).write(to: URL(fileURLWithPath: whole))
      #expect(throws: WeightFileError.self) { try Weights.read(whole) }
    }
  }

  @Test("a thousand random changes to a file end in an error or in a file that can be used")
  func fuzz() throws {
    var stream = RandomStream(seed: 30)
    let layer = ProjectionHead(input: 3, widths: [4, 2], seed: 1)
    let path = temporaryPath("fuzz.safetensors")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Weights.write(State(of: layer), metadata: ["a": "b"], to: path)
    let original = try unsealed([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
    let headerEnd = 8 + Int(original[0]) + Int(original[1]) << 8
    let marks = Array("{}[],:\"\\0123456789-eE. truefalsnxFIB".utf8)
    var (errors, loaded) = (0, 0)
    for _ in 0..<1000 {
      var bytes = original
      for _ in 0...stream.integer(below: 3) {
        let place = stream.integer(below: min(headerEnd, bytes.count))
        switch stream.integer(below: 4) {
        case 0: bytes[place] = UInt8(stream.integer(below: 256))
        case 1: bytes[place] = marks[stream.integer(below: marks.count)]
        case 2: bytes.remove(at: place)
        default: bytes.insert(marks[stream.integer(below: marks.count)], at: place)
        }
      }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let before = State(of: layer).entries.map(\.entry.tensor.elements)
      do {
        let file = try Weights.read(path)
        for name in file.names { #expect(try file.tensor(name) != nil) }
        try file.load(into: State(of: layer))
        loaded += 1
      } catch is WeightFileError {
        errors += 1
        #expect(State(of: layer).entries.map(\.entry.tensor.elements) == before)
      }
    }
    #expect(errors + loaded == 1000)
    #expect(errors > 800)
  }

  @Test("a file that is not there, a folder and a device are errors")
  func noFile() {
    for path in ["/nowhere/model.safetensors", "/tmp", "/dev/null", ""] {
      #expect {
        try Weights.read(path)
      } throws: {
        if case .unreadable(path, _)? = $0 as? WeightFileError { true } else { false }
      }
    }
  }

  @Test("a place that cannot be written is an error, and nothing is left behind")
  func unwritable() throws {
    let folder = temporaryPath("folder")
    try FileManager.default.createDirectory(atPath: folder + "/taken", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try "x".write(toFile: folder + "/file", atomically: true, encoding: .utf8)
    let state = State(of: ProjectionHead(input: 3, widths: [4], seed: 1))
    for path in [
      folder + "/taken", folder + "/", folder + "/file/x", "", "/proc/x", folder + "/.",
    ] {
      let error = #expect(throws: FileError.self, "\(path)") { try Weights.write(state, to: path) }
      guard case .unwritable(path, _)? = error else {
        Issue.record("\(path): \(String(describing: error))")
        continue
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["file", "taken"])
    // Over what is there, whole; the name stays the same, and nothing else appears.
    try Weights.write(state, to: folder + "/file")
    #expect(try Weights.read(folder + "/file").names == ["0.weight", "0.bias"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["file", "taken"])
  }
}
