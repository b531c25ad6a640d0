import Base
import Glibc
import Images
import Tensors
import Testing

/// The data sets of `Fixtures/sets`, which the programs of their publishers' kind wrote (`make_sets.py`).
@Suite struct DataSetTests {
  private static let sets =
    "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Fixtures/sets"

  private static func pixel(_ image: Int, _ row: Int, _ column: Int, _ channel: Int) -> UInt8 {
    UInt8((7 * image + 3 * row + 5 * column + 11 * channel) % 256)
  }

  /// Compares every pixel of a set whose first image has the number `first` in `make_sets.py`.
  private func check(_ set: ImageSet, first: Int, isGrey: Bool = false) {
    for image in 0..<set.count {
      let pixels = set.pixels(of: image)
      var wrong = 0
      for row in 0..<set.size {
        for column in 0..<set.size {
          for channel in 0..<3 {
            let expected = Self.pixel(first + image, row, column, isGrey ? 0 : channel)
            if pixels[(row * set.size + column) * 3 + channel] != expected { wrong += 1 }
          }
        }
      }
      #expect(wrong == 0, "\(set.name), image \(image)")
    }
  }

  // MARK: - CIFAR

  private let release = CIFAR10.Release(address: "file:///nowhere", bytes: 0, sha256: "", records: 2)

  @Test("CIFAR-10 as torchvision leaves it, from its folder, the one above and the archive")
  func pickles() throws {
    try withFolder { (folder) throws in
      let names = (1...5).map { "data_batch_\($0)" } + ["test_batch"]
      let files = try names.map {
        (name: "cifar-10-batches-py/\($0)", bytes: try bytes("\(Self.sets)/cifar-10-batches-py/\($0)"))
      }
      try writeArchive(files, to: folder + "/cifar-10-python.tar.gz")
      for path in [Self.sets, Self.sets + "/cifar-10-batches-py", folder, folder + "/cifar-10-python.tar.gz"]
      {
        let data = try CIFAR10.load(path: path, release: release, cache: nil, run: run())
        #expect(data.train.labels == [0, 9, 1, 8, 2, 7, 3, 6, 4, 5] && data.test.labels == [5, 4])
        check(data.train, first: 0)
        check(data.test, first: 10)
      }
    }
  }

  @Test("CIFAR-100 with either labels, in the Python version and in the binary one")
  func hundred() throws {
    try withFolder { (folder) throws in
      func planes(_ image: Int) -> [UInt8] {
        (0..<3).flatMap { channel in (0..<1024).map { Self.pixel(image, $0 / 32, $0 % 32, channel) } }
      }
      try write([0, 0] + planes(3) + [19, 99] + planes(4) + [1, 1] + planes(5), to: folder + "/train.bin")
      try write([0, 0] + planes(2) + [19, 99] + planes(3), to: folder + "/test.bin")
      for (labels, numbers, count) in [(CIFAR100.Labels.fine, [0, 99, 1], 100), (.coarse, [0, 19, 1], 20)] {
        let names = (0..<count).map { "\(labels.rawValue) \($0)" }
        try write(
          Array(names.joined(separator: "\n").utf8) + [10], to: "\(folder)/\(labels.rawValue)_label_names.txt"
        )
        for path in [Self.sets, Self.sets + "/cifar-100-python", folder] {
          let data = try CIFAR100.load(
            path: path, labels: labels, records: (train: 3, test: 2), cache: nil, run: run())
          #expect(data.train.labels == numbers && data.test.labels == Array(numbers[..<2]), "\(path)")
          #expect(data.classes == names && data.test.classes == names)
          check(data.train, first: 3)
          check(data.test, first: 2)
        }
      }
      try write([0, 100] + planes(3), to: folder + "/test.bin")
      #expect(throws: CIFAR100Error.label(folder + "/test.bin", 100, image: 0, classes: 100)) {
        try CIFAR100.load(path: folder, labels: .fine, records: (train: 3, test: 1), cache: nil, run: run())
      }
      #expect(throws: CIFAR100Error.size(folder + "/train.bin", 9222, expected: 12_296)) {
        try CIFAR100.load(path: folder, labels: .fine, records: (train: 4, test: 1), cache: nil, run: run())
      }
    }
  }

  @Test("a pickle that holds anything else is refused, and nothing of it is called")
  func foreign() throws {
    let path = Self.sets + "/cifar-10-batches-py/test_batch"
    let sound = try bytes(path)
    // The name of a harmless function where an array's maker stands.
    let wanted = Array("cnumpy\nndarray\n".utf8)
    let place = try #require(sound.indices.first { sound[$0...].starts(with: wanted) })
    var other = sound
    other.replaceSubrange(place..<place + wanted.count, with: Array("ctime\ntime\n".utf8))
    #expect(throws: PickleError.foreign("x", name: "time.time")) { try read(other) }
    #expect(throws: PickleError.noPickle("x")) { try read([1, 2, 3]) }
    #expect(throws: PickleError.instruction("x", UInt8(ascii: "i"), at: 2)) {
      try read([0x80, 2, UInt8(ascii: "i")])
    }
    #expect(throws: CIFARBatchError.lacks("x", member: "data")) {
      try read([0x80, 2, UInt8(ascii: "}"), UInt8(ascii: ".")])
    }
    // Cut anywhere, it says so and does not trap.
    for length in stride(from: 0, to: sound.count, by: 97) {
      #expect(throws: PickleError.self) { try read(Array(sound[..<length])) }
    }
    // Any byte changed: read, or one error.
    var random = RandomStream(seed: 5, name: "bytes", indices: [])
    for _ in 0..<2_000 {
      var changed = sound
      for _ in 0..<3 { changed[Int(random.next() % 300)] = UInt8(truncatingIfNeeded: random.next()) }
      do { try read(changed) } catch is PickleError {} catch is CIFARBatchError {}
    }
  }

  private func read(_ bytes: [UInt8]) throws {
    try CIFAR10.check(batch: bytes, path: "x")
  }

  // MARK: - STL-10

  @Test("STL-10, whose planes lie column after column, with and without labels, resized as it is read")
  func stl() throws {
    try withFolder { (folder) throws in
      func planes(_ image: Int) -> [UInt8] {
        (0..<3).flatMap { channel in (0..<96 * 96).map { Self.pixel(image, $0 % 96, $0 / 96, channel) } }
      }
      mkdir(folder + "/stl10_binary", 0o755)
      let place = folder + "/stl10_binary"
      try write(planes(0) + planes(1), to: place + "/train_X.bin")
      try write([1, 10], to: place + "/train_y.bin")
      try write(planes(2), to: place + "/test_X.bin")
      try write([3], to: place + "/test_y.bin")
      try write(planes(3) + planes(4) + planes(5), to: place + "/unlabeled_X.bin")
      let data = try STL10.load(path: folder, part: .labelled, side: 96, run: run())
      #expect(data.train.labels == [0, 9] && data.test.labels == [2] && data.classes[9] == "truck")
      check(data.train, first: 0)
      check(data.test, first: 2)
      let more = try STL10.load(path: place, part: .unlabelled, side: 96, run: run())
      #expect(more.train.labels == nil && more.test.labels == [2])
      check(more.train, first: 3)
      // As if it had been resized afterwards.
      let small = try STL10.load(path: place, part: .unlabelled, side: 32, run: run())
      let afterwards = try more.resized(to: 32, run: run())
      for image in 0..<3 { #expect(small.train.pixels(of: image) == afterwards.train.pixels(of: image)) }
      try write([0], to: place + "/test_y.bin")
      #expect(throws: STL10Error.label(place + "/test_y.bin", 0, image: 0)) {
        try STL10.load(path: place, part: .labelled, side: 96, run: run())
      }
      try write(planes(2).dropLast(), to: place + "/test_X.bin")
      #expect(throws: STL10Error.size(place + "/test_X.bin", 3 * 96 * 96 - 1)) {
        try STL10.load(path: place, part: .labelled, side: 96, run: run())
      }
    }
  }

  // MARK: - NumPy

  @Test("NumPy's files under MedMNIST's and Keras' names, and as arrays of their own")
  func arrays() throws {
    let med = try ArrayFiles.load(path: Self.sets + "/medmnist.npz", run: run())
    #expect(
      med.name == "medmnist" && med.train.labels == (0..<12).map { $0 % 2 } && med.test.labels == [1, 0, 1])
    #expect(med.validation?.labels == [0, 1] && med.classes == ["0", "1"])
    check(med.train, first: 0, isGrey: true)
    check(med.validation!, first: 12, isGrey: true)
    check(med.test, first: 14, isGrey: true)
    let keras = try ArrayFiles.load(path: Self.sets + "/keras.npz", run: run())
    // 3, 5 and 7 occur, in two types and orders of bytes; 7 has nothing to train on.
    #expect(
      keras.train.labels == [1, 0, 1] && keras.test.labels == [0, 2] && keras.classes == ["3", "5", "7"])
    #expect(keras.notes == [.untrained(["7"])])
    check(keras.train, first: 0)
    check(keras.test, first: 3)
    let loose = try ArrayFiles.load(
      path: Self.sets + "/images.npy", labels: Self.sets + "/labels.npy", run: run())
    #expect(loose.train.count == 8 && loose.test.count == 2 && loose.test.labels?.sorted() == [0, 1])
    #expect(loose.notes == [.setAside(images: 10, test: 2)])
    #expect(try ArrayFiles.load(path: Self.sets + "/images.npy", run: run()).train.labels == nil)
  }

  @Test("arrays of another kind are refused by what they are")
  func refusedArrays() throws {
    let sets = Self.sets
    func refusal(_ name: String, labels: String? = nil) -> ArrayError? {
      do {
        _ = try ArrayFiles.load(path: "\(sets)/\(name)", labels: labels.map { "\(sets)/\($0)" }, run: run())
        return nil
      } catch { return error as? ArrayError }
    }
    #expect(refusal("columns.npy") == .columnsFirst("\(sets)/columns.npy"))
    #expect(refusal("numbers.npy") == .imageType("\(sets)/numbers.npy", "<f8"))
    #expect(refusal("labels.npy") == .imageType("\(sets)/labels.npy", "<f4"))
    #expect(refusal("other.npz") == .noImages("\(sets)/other.npz", arrays: ["weights", "names"]))
    #expect(refusal("medmnist.npz", labels: "labels.npy") == .labelsTwice("\(sets)/medmnist.npz"))
    #expect(refusal("images.npy", labels: "images.npy") == .labelShape("\(sets)/images.npy", [10, 8, 8, 3]))
    #expect(refusal("nowhere.npy") == .missing("\(sets)/nowhere.npy"))
    #expect(refusal("cifar-100-python/meta") == .noArray("\(sets)/cifar-100-python/meta"))
    try withFolder { (folder) throws in
      let sound = try bytes(sets + "/images.npy")
      var random = RandomStream(seed: 6, name: "bytes", indices: [])
      for round in 0..<500 {
        var changed = round < 250 ? sound : Array(sound[..<Int(random.next() % UInt64(sound.count))])
        if round < 250 { changed[Int(random.next() % 128)] = UInt8(truncatingIfNeeded: random.next()) }
        try write(changed, to: folder + "/x.npy")
        do { _ = try ArrayFiles.load(path: folder + "/x.npy", run: run()) } catch is ArrayError {
        } catch is PixelStoreError {}
      }
    }
  }
}
