import Commands
import Foundation
import Language
import Testing

extension TestsInOneFolder {
  @Suite("Bad input")
  struct BadInputTests {
    private static let setup = """
      shapes = load shapes train=60 test=20 size=16
      model = simclr (resnet18 size=16 width=4) head=[8]
      h = embed shapes.test with=model
      t = table
      add t a=1 b="x"
      """

    @Test(
      "one clear error that names what is wrong",
      arguments: Refused.cells)
    func refused(cell: Refused) throws {
      let session = Session()
      try session.gather(BadInputTests.setup)
      let error = try #require(session.failure(cell.cell), "it was accepted")
      // The excerpt repeats the cell, so words are looked for only in what is said about it.
      #expect(error.said.contains(cell.words), "\(error.plainText)")
      #expect(error.underlined(in: cell.cell) == cell.caret, "\(error.plainText)")
      // Nothing is lost: the session goes on with what it had.
      #expect(try session.gather("h.count").results[0].text == "20")
    }

    @Test("a folder of files that are no pictures, an empty one, a damaged archive and a cut-off model file")
    func damagedFiles() throws {
      let folder = try DataFolder()
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/bad/a", withIntermediateDirectories: true)
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/empty", withIntermediateDirectories: true)
      try Data("no image".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/bad/a/1.jpg"))
      try Data("no archive".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/x.tar.gz"))
      try Data(count: 100).write(
        to: URL(fileURLWithPath: "\(folder.path)/cifar-10-batches-bin/data_batch_2.bin"))
      let session = Session()
      try session.gather("save (simclr (resnet18 size=16 width=4)) \"m.safetensors\"")
      let whole = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/m.safetensors"))
      try whole.prefix(5000).write(to: URL(fileURLWithPath: "\(folder.path)/cut.safetensors"))
      for (cell, word) in [
        ("load folder \"bad\"", "bad"), ("load folder \"empty\"", "empty"),
        ("load cifar10 path=\"x.tar.gz\"", "x.tar.gz"),
        ("load cifar10 path=\"cifar-10-batches-bin\"", "data_batch_2.bin"),
        ("open \"cut.safetensors\"", "cut.safetensors"),
        ("open \"x.tar.gz\"", "x.tar.gz"),
      ] {
        let error = try #require(session.failure(cell), "\(cell) was accepted")
        #expect(error.said.contains(word), "\(cell)\n\(error.plainText)")
      }
    }
  }
}
