import Base
import FoundationEssentials
import Glibc
import Images
import Tensors
import Testing

/// The data files beside the tests, made by `Fixtures/make_fixtures.py`.
enum Fixtures {
  static func decode<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(bytes(folder + "/" + name)))
  }

  private static let folder =
    "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Fixtures"
}

/// The bytes of a file.
func bytes(_ path: String) throws -> [UInt8] {
  let file = try #require(fopen(path, "rb"), "\(path)")
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 1 << 16)
  while case let got = fread(&block, 1, block.count, file), got > 0 { bytes += block[..<got] }
  return bytes
}

/// An empty folder of its own, removed with everything in it when `body` is done.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  var template = Array("/tmp/contrast-images-XXXXXX".utf8CString)
  let folder = String(cString: try #require(mkdtemp(&template)))
  defer { remove(tree: folder) }
  return try body(folder)
}

private func remove(tree path: String) {
  if let directory = opendir(path) {
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    closedir(directory)
    for name in names where name != "." && name != ".." {
      let inner = path + "/" + name
      var status = stat()
      if lstat(inner, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        remove(tree: inner)
      } else {
        unlink(inner)
      }
    }
  }
  rmdir(path)
}

/// Writes a file and the folders on the way to it.
func write(_ bytes: [UInt8], to path: String) throws {
  var folder = ""
  for part in path.split(separator: "/").dropLast() {
    folder += "/" + part
    mkdir(folder, 0o755)
  }
  let file = try #require(fopen(path, "wb"), "\(path)")
  defer { fclose(file) }
  #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
}

func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

/// A run on 1, 2 or 8 workers.
func run(seed: UInt64 = 0, workers: Int = 2) -> Run { Run(seed: seed, workers: pools[workers]!) }

private let pools = [1: Workers(count: 1), 2: Workers(count: 2), 8: Workers(count: 8)]

/// Random pictures, labelled in turn.
func randomSet(_ count: Int, size: Int, classes: Int = 3, seed: UInt64 = 1) throws -> ImageSet {
  var random = RandomStream(seed: seed)
  let pixels = (0..<count * size * size * 3).map { _ in UInt8(random.integer(below: 256)) }
  return try ImageSet(
    name: "random", pixels: pixels, size: size, labels: (0..<count).map { $0 % classes },
    classes: (0..<classes).map { "class \($0)" })
}

extension DataSet {
  /// The note on how a folder was read.
  var report: FolderReport? {
    notes.lazy.compactMap { note -> FolderReport? in
      if case .folder(let report) = note { report } else { nil }
    }.first
  }

  /// What the notes say is left out.
  var leftOut: [LeftOut.Group] {
    notes.flatMap { note -> [LeftOut.Group] in
      if case .leftOut(let leftOut) = note { leftOut.groups } else { [] }
    }
  }
}
