import Glibc
import Images
import Testing

/// How a folder is read: its parts, its classes, and what is said of it.
@Suite struct FolderContentsTests {
  private let png = SavedFiles.named("png")

  /// Loads a folder `data` with a picture at each of the paths.
  private func load(_ paths: [String], also prepare: (String) throws -> Void = { _ in }) throws -> DataSet {
    try withFolder { (folder) throws in
      for path in paths { try write(png, to: "\(folder)/data/\(path)") }
      try prepare(folder + "/data")
      return try ImageFolder.load(path: folder + "/data", size: 8, run: run(seed: 1))
    }
  }

  private func parts(_ data: DataSet) -> [FolderReport.Part] {
    if case .parts(let parts)? = data.report?.division { parts } else { [] }
  }

  private func pictures(_ folders: [String], _ count: Int = 3) -> [String] {
    folders.flatMap { folder in (0..<count).map { "\(folder)/\($0).png" } }
  }

  @Test(
    "parts are known under any usual name",
    arguments: [
      ("train", "test"), ("Train", "Test"), ("Training", "Testing"), ("TRAIN", "TEST"), ("train", "eval"),
      ("train", "dev"), ("training_set", "test_set"), ("trainset", "testset"), ("TrainImages", "TestImages"),
      ("seg_train", "seg_test"), ("asl_alphabet_train", "asl_alphabet_test"), ("train", "val"),
      ("train", "valid"),
      ("train", "validation"), ("train-data", "eval-data"), ("trainval", "test"),
    ])
  func names(train: String, test: String) throws {
    let data = try load(
      pictures(["\(train)/cat", "\(train)/dog"]) + pictures(["\(test)/cat", "\(test)/dog"], 1))
    #expect(data.classes == ["cat", "dog"])
    #expect(data.train.classCounts == [3, 3] && data.test.classCounts == [1, 1] && data.validation == nil)
    #expect(parts(data) == [.init(.train, train, images: 6), .init(.test, test, images: 2)])
  }

  @Test(
    "where parts have names of their own, the notes say so",
    arguments: [["learn", "exam"], ["fold1", "fold2", "fold3"]])
  func unknownParts(parts: [String]) throws {
    let inner = parts.flatMap { ["\($0)/cat", "\($0)/dog"] }
    let report = try #require(try load(pictures(inner)).report)
    #expect(report.likelyClasses == ["cat", "dog"] && report.likelyPart == parts.sorted()[0])
    // A class may have folders of its own, and one picture beside them makes it a class for certain.
    #expect(try load(pictures(["cat/a", "cat/b", "dog/c", "dog/d"])).report?.likelyClasses == [])
    #expect(try load(pictures(inner + ["\(parts[0])"], 2)).report?.likelyClasses == [])
  }

  @Test("a third part is there under its own name")
  func validation() throws {
    let data = try load(
      pictures(["train/a", "train/b", "val/a", "val/b"]) + pictures(["Test/a", "Test/b"], 2))
    #expect(data.train.count == 6 && data.test.count == 4 && data.validation?.count == 6)
    #expect(parts(data).last == .init(.validation, "val", images: 6))
    #expect(try data.resized(to: 4, run: run()).validation?.size == 4)
  }

  @Test("train alone and folders around all are gone through")
  func around() throws {
    let alone = try load(pictures(["train/a", "train/b"], 5))
    #expect(alone.classes == ["a", "b"] && alone.train.count == 8 && alone.test.count == 2)
    #expect(
      alone.report
        == FolderReport(
          place: "data/train", classes: ["a", "b"], division: .split(images: 10, test: 2, within: .eachClass))
    )
    let around = try load(pictures(["photos/x/a", "photos/x/b"], 5)) {
      try write("by me", to: $0 + "/README.md")
    }
    #expect(around.classes == ["a", "b"] && around.report?.place == "data/photos/x")
    #expect(around.leftOut == [.init(.beside, count: 1, [.init("README.md")])])
    let inside = try load(pictures(["p/seg_train/seg_train/a", "p/seg_test/seg_test/a"]))
    #expect(inside.classes == ["a"] && inside.train.count == 3)
  }

  @Test("classes that are called as parts are stay classes")
  func classesOfTrains() throws {
    #expect(try load(pictures(["bus", "car", "train"])).classes == ["bus", "car", "train"])
    #expect(try load(pictures(["bus", "train/steam", "train/fast"])).classes == ["bus", "train"])
    #expect(try load(pictures(["train station", "test track"])).classes == ["test track", "train station"])
    #expect(try load(pictures(["a", "validation"])).classes == ["a", "validation"])
  }

  @Test("parts without class folders have no labels; where the others have classes, they are left out")
  func unlabelledParts() throws {
    let data = try load(pictures(["Train"], 5) + pictures(["Test"], 2))
    #expect(data.train.labels == nil && data.train.count == 5 && data.test.count == 2)
    #expect(data.report?.classes == nil && data.leftOut.isEmpty)
    let half = try load(pictures(["train/a", "train/b"], 5) + pictures(["test"]))
    #expect(half.classes == ["a", "b"] && half.test.count == 2)
    #expect(half.leftOut == [.init(.otherPart, count: 1, [.init("test", .noClassFolders)])])
    let docs = try load(pictures(["train/a", "test/a", "docs"]))
    #expect(docs.leftOut == [.init(.otherPart, count: 1, [.init("docs")])])
  }

  @Test("a class without pictures is left out and named; one that a part lacks is named too")
  func emptyClasses() throws {
    let data = try load(pictures(["ant", "bee"])) {
      mkdir($0 + "/owl", 0o755)
      try write("text", to: $0 + "/ray/notes.txt")
    }
    #expect(data.classes == ["ant", "bee"])
    #expect(data.leftOut.contains(.init(.emptyClass, count: 2, [.init("owl"), .init("ray")])))
    let parts = try load(pictures(["train/ant", "test/ant", "test/bee"]))
    #expect(parts.classes == ["ant", "bee"] && parts.train.classCounts == [3, 0])
    #expect(parts.report?.untrained == ["bee"])
  }

  @Test("folders of programs are no classes")
  func system() throws {
    let data = try load(
      pictures(["ant", "bee", "@eaDir", "__MACOSX/ant", ".ipynb_checkpoints", "bee/@eaDir"]) + [
        "ant/Thumbs.db"
      ])
    #expect(data.classes == ["ant", "bee"] && data.train.count + data.test.count == 6)
    #expect(data.leftOut.map(\.reason) == [.system] && data.leftOut.map(\.count) == [4])
  }

  @Test("links that lead nowhere are counted, apart from those that a program fetches")
  func deadLinks() throws {
    func dead(_ target: String) throws -> LeftOut.Group? {
      try load(pictures(["ant", "bee"])) { folder in
        symlink(target, folder + "/cow")
        for index in 0..<14 { symlink(target, "\(folder)/bee/x\(index).jpg") }
      }.leftOut.first
    }
    let links = try #require(try dead("/nowhere"))
    #expect(links.reason == .deadLink && links.count == 15 && links.names.first == .init("cow"))
    #expect(links.names.count == 3)
    #expect(try dead("../.git/annex/objects/a/b")?.reason == .annexed)
    #expect(try dead("/x/.dvc/cache/12/ab")?.reason == .cached)
    let error = try withFolder { (folder) throws in
      mkdir(folder + "/ant", 0o755)
      for index in 0..<15 { symlink("../.git/annex/objects/x", "\(folder)/ant/\(index).jpg") }
      return #expect(throws: ImageFolderError.self) {
        try ImageFolder.load(path: folder, size: 8, run: run())
      }
    }
    guard case .noImages(_, leftOut: let leftOut)? = error else {
      Issue.record("\(error as Any)")
      return
    }
    #expect(leftOut.groups.first.map { $0.reason == .annexed && $0.count == 15 } == true, "\(leftOut)")
    let pointers = try load(pictures(["ant", "bee"])) {
      try write("version https://git-lfs.github.com/spec/v1\noid sha256:12\n", to: $0 + "/ant/x.jpg")
    }
    #expect(pointers.leftOut == [.init(.pointer, count: 1, [.init("x.jpg")])])
  }

  @Test("classes stand in natural order")
  func order() throws {
    let names = ["class 10", "class 2", "Zebra", "ant", "class 02", "class 2b", "class"]
    #expect(
      try load(pictures(names)).classes == [
        "Zebra", "ant", "class", "class 02", "class 2", "class 2b", "class 10",
      ])
  }
}
