import Base
import Images
import Tensors
import Testing

@Suite struct IDXTests {
  private func idx(_ axes: [Int], _ data: [UInt8], type: UInt8 = 8) -> [UInt8] {
    [0, 0, type, UInt8(axes.count)]
      + axes.flatMap { axis in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: axis >> $0) } } + data
  }

  private let pictures = (0..<5 * 49).map { UInt8(truncatingIfNeeded: $0 &* 3) }

  @Test("grey pictures and their labels, plain and compressed")
  func reading() throws {
    try withFolder { (folder) throws in
      try write(idx([5, 7, 7], pictures), to: folder + "/images")
      try write(idx([5], [0, 2, 1, 2, 0]), to: folder + "/labels")
      try writeArchive([("x", idx([5, 7, 7], pictures))], to: folder + "/images.gz", raw: true)
      for images in ["/images", "/images.gz"] {
        let set = try IDX.load(images: folder + images, labels: folder + "/labels")
        #expect(set.count == 5 && set.size == 7)
        #expect(set.labels == [0, 2, 1, 2, 0] && set.classes == ["0", "1", "2"])
        #expect(set.pixels(of: 3) == pictures[147..<196].flatMap { [$0, $0, $0] })
      }
      #expect(try IDX.load(images: folder + "/images", labels: nil).labels == nil)
      let colours = (0..<2 * 12).map { UInt8($0) }
      try write(idx([2, 2, 2, 3], colours), to: folder + "/colours")
      #expect(try IDX.load(images: folder + "/colours", labels: nil).pixels(of: 1) == Array(colours[12...]))
    }
  }

  @Test("a folder under MNIST's names")
  func folder() throws {
    try withFolder { (folder) throws in
      func lay(_ half: String, _ labels: [UInt8]) throws {
        try write(idx([5, 7, 7], pictures), to: "\(folder)/\(half)-images-idx3-ubyte")
        try writeArchive([("x", idx([5], labels))], to: "\(folder)/\(half)-labels-idx1-ubyte.gz", raw: true)
      }
      try lay("train", [0, 1, 2, 3, 4])
      #expect(throws: IDXError.lacks(folder, "t10k-images-idx3-ubyte")) {
        try IDX.load(path: folder, run: run())
      }
      try lay("t10k", [0, 1, 0, 1, 0])
      let data = try IDX.load(path: folder, run: run())
      #expect(data.train.classCounts == [1, 1, 1, 1, 1])
      #expect(data.test.classCounts == [3, 2, 0, 0, 0])
      #expect(throws: IDXError.noFolder(folder + "/none")) {
        try IDX.load(path: folder + "/none", run: run())
      }
    }
  }

  private func lay(_ folder: String, _ prefix: String, test: String, labels: [UInt8], testLabels: [UInt8])
    throws
  {
    for (part, labels) in [("train", labels), (test, testLabels)] {
      try write(idx([5, 7, 7], pictures), to: "\(folder)/\(prefix)\(part)-images-idx3-ubyte")
      try write(idx([5], labels), to: "\(folder)/\(prefix)\(part)-labels-idx1-ubyte")
    }
  }

  @Test(
    "labels that begin at 1 or leave numbers out give no empty class; what only the test part has is told")
  func labelsFromOne() throws {
    try withFolder { (folder) throws in
      try lay(folder, "", test: "t10k", labels: [1, 2, 3, 5, 5], testLabels: [1, 5, 5, 7, 3])
      let data = try IDX.load(path: folder, run: run())
      #expect(data.classes == ["1", "2", "3", "5", "7"] && data.test.classes == data.classes)
      #expect(data.train.classCounts == [1, 1, 1, 2, 0] && data.test.labels == [0, 3, 3, 4, 2])
      #expect(data.notes == [.untrained(["7"])])
    }
  }

  @Test("the layouts of torchvision are found", arguments: ["MNIST/raw", "raw", "."])
  func layouts(place: String) throws {
    try withFolder { (folder) throws in
      try lay("\(folder)/\(place)", "", test: "t10k", labels: [0, 1, 2, 3, 4], testLabels: [0, 1, 2, 3, 4])
      let data = try IDX.load(path: folder, run: run())
      #expect(data.train.count == 5 && data.test.count == 5 && data.notes.isEmpty)
    }
  }

  @Test("of several data sets in one folder one is chosen; EMNIST's pictures are turned upright")
  func splits() throws {
    try withFolder { (folder) throws in
      for name in ["letters", "digits"] {
        try lay(
          "\(folder)/EMNIST/raw", "emnist-\(name)-", test: "test", labels: [1, 2, 3, 4, 5],
          testLabels: [1, 2, 3, 4, 5])
      }
      #expect(throws: IDXError.severalSplits(folder, ["digits", "letters"])) {
        try IDX.load(path: folder, run: run())
      }
      #expect(throws: IDXError.noSplit(folder, "x", splits: ["digits", "letters"])) {
        try IDX.load(path: folder, split: "x", run: run())
      }
      let data = try IDX.load(path: folder, split: "letters", run: run())
      #expect(data.classes == ["1", "2", "3", "4", "5"] && data.notes == [.turned])
      let (first, upright) = (Array(pictures[..<49]), data.train.pixels(of: 0))
      for row in 0..<7 {
        for column in 0..<7 { #expect(upright[(row * 7 + column) * 3] == first[column * 7 + row]) }
      }
      try lay(
        "\(folder)/two/MNIST/raw", "", test: "t10k", labels: [0, 1, 2, 3, 4], testLabels: [0, 1, 2, 3, 4])
      try lay(
        "\(folder)/two/KMNIST/raw", "", test: "t10k", labels: [4, 1, 2, 3, 4], testLabels: [0, 1, 2, 3, 4])
      #expect(throws: IDXError.severalSplits(folder + "/two", ["KMNIST", "MNIST"])) {
        try IDX.load(path: folder + "/two", run: run())
      }
      #expect(try IDX.load(path: folder + "/two", split: "KMNIST", run: run()).train.labels?.first == 4)
    }
  }

  @Test("memory is asked for before anything is unpacked")
  func memory() throws {
    try withFolder { (folder) throws in
      // 16 MB of pictures in some kilobytes.
      try writeArchive(
        [("x", idx([16, 1024, 1024], [UInt8](repeating: 0, count: 1 << 24)))], to: folder + "/i.gz", raw: true
      )
      MachineMemory.$assumed.withValue(30_000_000) {
        let memory = MemoryShortage(needed: 16 * 1024 * 1024 * 3, available: 30_000_000)
        #expect(
          throws: PixelStoreError.memory(
            count: 16, size: 1024, fittingSize: 739, fittingCount: 8, memory)
        ) {
          try IDX.load(images: folder + "/i.gz", labels: nil)
        }
      }
      #expect(try IDX.load(images: folder + "/i.gz", labels: nil).count == 16)
    }
  }

  @Test("what is malformed is named")
  func malformed() throws {
    try withFolder { (folder) throws in
      let (images, labelled) = (folder + "/images", folder + "/labels")
      func refused(_ bytes: [UInt8], labels: [UInt8]? = nil, _ error: IDXError) throws {
        try write(bytes, to: images)
        if let labels { try write(labels, to: labelled) }
        #expect(throws: error) { try IDX.load(images: images, labels: labels.map { _ in labelled }) }
      }
      try refused([], .empty(images))
      try refused([0, 0], .cutOff(images, .header(2, of: 4)))
      try refused(Array("hello world".utf8), .noBytes(images, start: Array("hell".utf8)))
      try refused(idx([1, 1, 1], [0], type: 13), .noBytes(images, start: [0, 0, 13, 3]))
      try refused(idx([5, 7, 7], Array(pictures.dropLast())), .cutOff(images, .data(244, of: 245)))
      try refused(idx([5, 7, 7], pictures + [0]), .tooLong(images, declared: 245))
      try refused(idx([7, 5, 7], pictures), .notSquare(images, [7, 5, 7]))
      try refused(idx([5, 49], pictures), .noImages(images, [5, 49]))
      try refused(idx([0, 7, 7], []), .notSquare(images, [0, 7, 7]))
      let huge = 0xffff_ffff
      try refused(idx([huge, huge, huge], []), .impossible(images, [huge, huge, huge]))
      try refused(idx([1 << 20, 1024, 1024], []), .cutOff(images, .file(16, declared: 1 << 40)))
      let whole = idx([5, 7, 7], pictures)
      try refused(
        whole, labels: idx([4], [0, 0, 0, 0]), .labelCount(labelled, 4, images: images, 5))
      try refused(whole, labels: idx([5, 1], [0, 0, 0, 0, 0]), .noLabels(labelled, [5, 1]))
      for path in [folder + "/none", folder] {
        #expect(throws: IDXError.missing(path)) { try IDX.load(images: path, labels: nil) }
      }
    }
  }

  @Test("random damage is an error or a set, never a crash")
  func fuzz() throws {
    try withFolder { (folder) throws in
      let path = folder + "/images.gz"
      try writeArchive([("x", idx([5, 7, 7], pictures))], to: path, raw: true)
      let packed = try bytes(path)
      var random = RandomStream(seed: 3)
      for round in 0..<300 {
        var damaged = round % 2 == 0 ? packed : idx([5, 7, 7], pictures)
        for _ in 0...random.integer(below: 4) {
          damaged[random.integer(below: round % 2 == 0 ? damaged.count : 16)] = UInt8(
            random.integer(below: 256))
        }
        if random.happens(0.3) { damaged.removeLast(random.integer(below: damaged.count)) }
        try write(damaged, to: path)
        do { #expect(try IDX.load(images: path, labels: nil).count > 0) } catch {
          #expect(error is IDXError || error is ArchiveError || error is PixelStoreError)
        }
      }
    }
  }
}
