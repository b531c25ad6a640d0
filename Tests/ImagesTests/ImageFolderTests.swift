import Glibc
import Images
import Tensors
import Testing

@Suite struct ImageFolderTests {
  private let png = SavedFiles.named("png")
  private let jpeg = SavedFiles.named("jpeg")
  private let grey = SavedFiles.named("png grey")

  private func load(_ folder: String, size: Int = 8, workers: Int = 2) throws -> DataSet {
    try ImageFolder.load(path: folder, size: size, run: run(seed: 1, workers: workers))
  }

  @Test("train and test folders with classes, nested, told by content and not by name")
  func halves() throws {
    try withFolder { (folder) throws in
      try write(png, to: folder + "/train/cat/1.png")
      try write(jpeg, to: folder + "/train/cat/deep/er/2.txt")
      try write(grey, to: folder + "/train/dog/1.jpg")
      try write(png, to: folder + "/test/cat/1")
      try write(grey, to: folder + "/test/dog/1.png")
      let data = try load(folder)
      #expect(data.classes == ["cat", "dog"])
      #expect(data.train.labels == [0, 0, 1] && data.test.labels == [0, 1])
      #expect(data.train.pixels(of: 0) == (try ImageFiles.decode(png)).pixels)
      #expect(data.train.pixels(of: 2) == (try ImageFiles.decode(grey)).pixels)
      #expect(data.report?.classes == ["cat", "dog"] && data.leftOut.isEmpty)
      #expect(data.name == folder.split(separator: "/").last.map(String.init))
      #expect(try load(folder, size: 5).train.size == 5)
    }
  }

  @Test("class folders alone are split within each class, by the seed")
  func whole() throws {
    try withFolder { (folder) throws in
      for index in 0..<10 { try write(png, to: "\(folder)/one/\(index).png") }
      for index in 0..<5 { try write(jpeg, to: "\(folder)/two/\(index).jpg") }
      try write(grey, to: folder + "/two/x.png")
      let data = try load(folder)
      #expect(data.train.classCounts == [8, 5] && data.test.classCounts == [2, 1])
      #expect(try load(folder, workers: 8).train.labels == data.train.labels)
    }
  }

  @Test("a folder of pictures alone gives pictures without labels")
  func unlabelled() throws {
    try withFolder { (folder) throws in
      for index in 0..<5 { try write(png, to: "\(folder)/\(index).png") }
      let data = try load(folder)
      #expect(data.train.labels == nil && data.classes.isEmpty)
      #expect(data.train.count == 4 && data.test.count == 1)
    }
  }

  @Test("files that are no pictures are skipped, counted and named")
  func skipping() throws {
    try withFolder { (folder) throws in
      for half in ["train", "test"] {
        for label in ["a", "b"] { try write(png, to: "\(folder)/\(half)/\(label)/good.png") }
      }
      try write("hello", to: folder + "/train/a/text.jpg")
      try write([], to: folder + "/train/a/zero.png")
      try write(Array(jpeg.prefix(jpeg.count / 2)), to: folder + "/train/a/cut.jpg")
      try write(Array(png.prefix(png.count / 2)), to: folder + "/test/b/cut.png")
      try write("hidden", to: folder + "/train/a/.DS_Store")
      symlink("/does/not/exist", folder + "/train/b/broken.png")
      mkfifo(folder + "/train/b/pipe.png", 0o644)
      let data = try load(folder)
      #expect(data.train.count == 2 && data.test.count == 2)
      let names: [LeftOut.Name] = [.init("pipe.png"), .init("text.jpg"), .init("zero.png", .empty)]
      #expect(
        Array(data.leftOut.prefix(2)) == [
          .init(.deadLink, count: 1, [.init("broken.png")]), .init(.noPicture, count: 3, names),
        ])
      let damaged = try #require(data.leftOut.last)
      #expect(
        damaged.reason == .damaged && damaged.count == 2
          && damaged.names.map(\.name) == ["cut.jpg", "cut.png"])
      for index in 0..<7 { try write("text", to: folder + "/train/a/more\(index).jpg") }
      let more = try load(folder).leftOut
      #expect(
        more.contains(.init(.noPicture, count: 10, ["pipe.png", "more0.jpg", "more1.jpg"].map { .init($0) })))
    }
  }

  @Test("what holds no images is refused by name")
  func empty() throws {
    try withFolder { (folder) throws in
      func noImages(_ path: String, leftOut: LeftOut = LeftOut()) {
        #expect(throws: ImageFolderError.noImages(path, leftOut: leftOut)) { try load(path) }
      }
      #expect(throws: ImageFolderError.noFolder(folder + "/none")) { try load(folder + "/none") }
      noImages(folder)
      try write("text", to: folder + "/one/1.jpg")
      noImages(folder, leftOut: LeftOut([.init(.noPicture, count: 1, [.init("1.jpg")])]))
      try write(png, to: folder + "/two/1.png")
      #expect(throws: ImageFolderError.fewImages(folder)) { try load(folder) }
      try write(png, to: folder + "/x/train/a/1.png")
      try write("text", to: folder + "/x/test/a/readme.txt")
      #expect {
        try load(folder + "/x")
      } throws: {
        guard case .noImages(let path, leftOut: let left)? = $0 as? ImageFolderError else { return false }
        return path == folder + "/x/test" && left.groups.flatMap(\.names).contains(.init("readme.txt"))
      }
      for size in [0, -1, 5000] {
        #expect(throws: ImageFolderError.size(size, 1...4096)) { try load(folder, size: size) }
      }
    }
  }

  @Test("links in circles are left out, however many there are")
  func circles() throws {
    try withFolder { (folder) throws in
      try write(png, to: folder + "/a/1.png")
      try write(png, to: folder + "/a/2.png")
      for index in 0..<5 { symlink(folder + "/a", "\(folder)/a/again\(index)") }
      let data = try load(folder)
      #expect(data.train.count + data.test.count == 2)
      #expect(data.leftOut == [.init(.circle, count: 5, (0..<3).map { .init("again\($0)") })])
    }
  }

  @Test("a picture too large for the memory is left out and counted")
  func largePictures() throws {
    try withFolder { (folder) throws in
      for index in 0..<4 { try write(png, to: "\(folder)/a/\(index).png") }
      // 20,000 × 10,000 pixels, as the header says; nothing of them is there.
      var large = Array(png.prefix(16))
      let header: [UInt8] = [0, 0, 0x4e, 0x20, 0, 0, 0x27, 0x10, 8, 2, 0, 0, 0]
      large += header + [0, 0, 0, 0] + png.dropFirst(33)
      try write(large, to: folder + "/a/large.png")
      let group = try MachineMemory.$assumed.withValue(300_000_000) { try load(folder).leftOut.first }
      #expect(group?.reason == .tooLarge && group?.names.first?.name == "large.png", "\(group as Any)")
      guard case .memory(let needed, free: 300_000_000)? = group?.names.first?.detail else {
        Issue.record("\(group as Any)")
        return
      }
      #expect((600_000_000..<602_000_000).contains(needed))
      #expect(try load(folder).leftOut.first?.reason == .damaged)
    }
  }

  @Test("the middle square is taken, turned upright")
  func cropping() throws {
    try withFolder { (folder) throws in
      // 8 × 3 pixels: the middle three columns are 2 to 4.
      let wide = try #require(SavedFiles.all.first { $0.name == "png wide" })
      try write(wide.bytes, to: folder + "/train/a/1.png")
      try write(wide.bytes, to: folder + "/test/a/1.png")
      let pixels = try load(folder, size: 3).train.pixels(of: 0)
      for row in 0..<3 {
        #expect(pixels[row * 9..<row * 9 + 9] == wide.rgb[row * 24 + 6..<row * 24 + 15])
      }
      let turned = try #require(SavedFiles.all.first { $0.name == "jpeg of orientation 3" })
      try write(turned.bytes, to: folder + "/train/a/1.png")
      let upright = try load(folder, size: 5).train.pixels(of: 0)
      for row in 0..<5 {
        for place in 0..<15 {
          // The stored picture is 8 × 5: its columns 1 to 5 are the upright one's 2 to 6.
          #expect(abs(Int(upright[row * 15 + place]) - Int(turned.rgb[row * 24 + 6 + place])) <= 3)
        }
      }
    }
  }
}
