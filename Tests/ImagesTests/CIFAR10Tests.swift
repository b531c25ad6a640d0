import Base
import Glibc
import Images
import Tensors
import Testing

@Suite struct CIFAR10Tests {
  /// A data set of four pictures a file instead of ten thousand.
  private let release = CIFAR10.Release(address: "file:///nowhere", bytes: 0, sha256: "", records: 4)
  private static let files = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]

  /// One file: labels count up, and every byte of a picture's plane is a number of its own.
  private func batch(_ part: Int, records: Int = 4) -> [UInt8] {
    var bytes: [UInt8] = []
    for record in 0..<records {
      bytes.append(UInt8((part + record) % 10))
      for place in 0..<3072 {
        bytes.append(UInt8(truncatingIfNeeded: place % 1024 + 7 * (place / 1024) + 31 * record + 57 * part))
      }
    }
    return bytes
  }

  private var entries: [(name: String, bytes: [UInt8])] {
    CIFAR10Tests.files.enumerated().map { ("cifar-10-batches-bin/" + $0.element, batch($0.offset)) }
  }

  private func load(_ path: String?, cache: String? = nil) throws -> DataSet {
    try CIFAR10.load(path: path, release: release, cache: cache, run: run())
  }

  private func check(_ data: DataSet) {
    #expect(data.train.count == 20 && data.test.count == 4)
    #expect(data.train.labels == (0..<5).flatMap { part in (0..<4).map { (part + $0) % 10 } })
    #expect(data.test.labels == [5, 6, 7, 8])
    #expect(data.classes[9] == "truck" && data.size == 32)
    let pixels = data.train.pixels(of: 9)  // the second record of the third file
    for (pixel, channel) in [(0, 0), (1, 0), (500, 1), (1023, 2)] {
      #expect(pixels[3 * pixel + channel] == UInt8(truncatingIfNeeded: pixel + 7 * channel + 31 + 57 * 2))
    }
  }

  @Test("loads from the folder, from the folder above, from the archive and from the folder it lies in")
  func places() throws {
    try withFolder { (folder) throws in
      for (name, bytes) in entries { try write(bytes, to: "\(folder)/a/\(name)") }
      check(try load(folder + "/a"))
      check(try load(folder + "/a/cifar-10-batches-bin"))
      check(try load(nil, cache: folder + "/a"))
      mkdir(folder + "/b", 0o755)
      try writeArchive(entries, to: folder + "/b/cifar-10-binary.tar.gz")
      check(try load(folder + "/b"))
      check(try load(folder + "/b/cifar-10-binary.tar.gz"))
      check(try load(nil, cache: folder + "/b"))
      #expect(try load(folder + "/b").notes == [.unofficialArchive])
      // Plain tar, files in any order, others among them.
      try writeArchive(
        [("x/readme.html", [1, 2, 3])] + entries.reversed(), to: folder + "/plain.tar", gzip: false)
      check(try load(folder + "/plain.tar"))
    }
  }

  @Test("files that are short, long, missing or hold other labels are named")
  func badFiles() throws {
    try withFolder { (folder) throws in
      func path(_ part: Int) -> String { "\(folder)/cifar-10-batches-bin/\(CIFAR10Tests.files[part])" }
      func fails(_ part: Int, with bytes: [UInt8]?, _ error: CIFAR10Error) throws {
        for (name, bytes) in entries { try write(bytes, to: "\(folder)/\(name)") }
        if let bytes { try write(bytes, to: path(part)) } else { unlink(path(part)) }
        #expect(throws: error) { try load(folder) }
      }
      func lacks(_ part: Int) -> CIFAR10Error {
        .lacks(
          folder: folder + "/cifar-10-batches-bin", CIFAR10Tests.files[part], files: CIFAR10Tests.files)
      }
      try fails(1, with: Array(batch(1).dropLast()), .size(path(1), 12_291, expected: 12_292))
      try fails(5, with: batch(5) + [0], .size(path(5), 12_293, expected: 12_292))
      try fails(3, with: [], .size(path(3), 0, expected: 12_292))
      try fails(2, with: nil, lacks(2))
      try fails(0, with: nil, lacks(0))
      var damaged = batch(4)
      damaged[2 * 3073] = 10
      try fails(4, with: damaged, .label(path(4), 10, image: 2))
    }
  }

  @Test("archives that are none, cut off or incomplete are refused")
  func badArchives() throws {
    try withFolder { (folder) throws in
      let path = folder + "/cifar-10-binary.tar.gz"
      func refused(_ bytes: [UInt8]) throws {
        try write(bytes, to: path)
        #expect {
          try load(path)
        } throws: {
          $0 is CIFAR10Error || $0 is ArchiveError
        }
      }
      try refused([])
      try refused(Array("<html>Not found</html>".utf8))
      try writeArchive(entries, to: path)
      let whole = try bytes(path)
      for share in [0.1, 0.5, 0.9, 0.99] {
        try refused(Array(whole.prefix(Int(Double(whole.count) * share))))
      }
      try writeArchive(entries.dropLast(), to: path)
      #expect(throws: CIFAR10Error.incomplete(path, lacks: "test_batch.bin")) { try load(path) }
    }
  }

  @Test("paths that lead nowhere say what is expected there")
  func badPaths() throws {
    try withFolder { (folder) throws in
      #expect(throws: CIFAR10Error.nothing(folder + "/none")) { try load(folder + "/none") }
      #expect(throws: CIFAR10Error.folderWithout(folder)) { try load(folder) }
      #expect(throws: CIFAR10Error.neither("/dev/null")) { try load("/dev/null") }
      #expect(throws: CIFAR10Error.nothing("")) { try load("") }
      #expect(throws: CIFAR10Error.noHome) { try load(nil, cache: nil) }
    }
  }

  @Test("random damage is an error or four pictures a file, never a crash")
  func fuzz() throws {
    try withFolder { (folder) throws in
      let path = folder + "/cifar.tar.gz"
      try writeArchive(entries, to: path)
      let whole = try bytes(path)
      var random = RandomStream(seed: 21)
      for _ in 0..<60 {
        var damaged = whole
        for _ in 0...random.integer(below: 8) {
          damaged[random.integer(below: damaged.count)] = UInt8(random.integer(below: 256))
        }
        if random.happens(0.3) { damaged.removeLast(random.integer(below: damaged.count)) }
        try write(damaged, to: path)
        do { #expect(try load(path).train.count == 20) } catch {
          #expect(error is CIFAR10Error || error is ArchiveError)
        }
      }
    }
  }
}
