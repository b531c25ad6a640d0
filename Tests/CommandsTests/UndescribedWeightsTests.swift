import Base
import Commands
import Foundation
import Language
import Learning
import Networks
import Testing

extension TestsInOneFolder {
  @Suite("Weights that do not say what model they belong to")
  struct UndescribedWeightsTests {
    @Test(
      "weights that another program saved again are told by their shapes, and open into a network of these",
      arguments: [
        ("cnn width=2 size=8", "head=[3, 2]", "cnn width=2 size=32"),
        ("resnet18 width=2 size=16", "head=[4]", "resnet18 width=2 stem=cifar size=32"),
        ("resnet34 width=1 size=32 stem=imagenet", "head=[]", "resnet34 width=1 stem=imagenet size=224"),
        ("resnet50 width=1 size=16", "head=[]", "resnet50 width=1 stem=cifar size=32"),
        (
          "vit style=standard layers=2 heads=2 width=4 size=8 patch=4", "head=[2]",
          "vit style=standard layers=2 heads=4 width=4 patch=4 size=8"
        ),
        (
          "vit layers=1 heads=2 size=8 patch=2", "head=[2]", "vit style=paper layers=1 heads=6 patch=2 size=8"
        ),
      ])
    func undescribed(encoder: String, head: String, guess: String) throws {
      let folder = try DataFolder()
      let session = Session()
      try session.gather(
        """
        m = simclr (\(encoder)) \(head)
        s = load shapes train=12 test=10 size=16
        train m on=s.train epochs=1 batch=4
        save m "m.safetensors"
        """)
      let path = "\(folder.path)/m.safetensors"
      let described = try ContrastiveModel.open(path)
      try Weights.write(described.using { $0.state }, to: "\(folder.path)/w.safetensors")
      let error = try #require(session.failure("open \"w.safetensors\"")?.said)
      let network = head == "head=[]" ? guess : "simclr (\(guess)) \(head)"
      #expect(
        error.contains("not what model they belong to") && error.contains("into=(\(network))"), "\(error)")
      // The encoder alone, and the whole model; its normalisation is known where the file says it.
      try session.gather(
        """
        e = open "w.safetensors" into=(\(encoder))
        a = simclr e \(head)
        b = open "w.safetensors" into=(simclr (\(encoder)) \(head))
        c = open "m.safetensors" into=(simclr (\(encoder) seed=9) \(head))
        save a "a.safetensors"
        save b "b.safetensors"
        save c "c.safetensors"
        """)
      func bits(_ name: String, _ prefix: String = "") throws -> [[UInt32]] {
        try ContrastiveModel.open("\(folder.path)/\(name).safetensors").using { $0.state }.entries.filter {
          !prefix.isEmpty ? !$0.name.hasPrefix(prefix) : true
        }
        .map { $0.entry.tensor.elements.map(\.bitPattern) }
      }
      #expect(try bits("a", "head.") == bits("m", "head."))
      #expect(try bits("b") == bits("m") && bits("c") == bits("m"))
      #expect(
        try ContrastiveModel.open("\(folder.path)/c.safetensors").normalisation == described.normalisation)
      let other = try #require(session.failure("open \"w.safetensors\" into=(cnn width=7)")?.said)
      #expect(other.contains("has no conv.") || other.contains("this network needs"), "\(other)")
    }

    /// The line that `open "w.safetensors"` advises.
    private func advice(_ session: Session) throws -> String {
      let error = try #require(session.failure("open \"w.safetensors\"")?.said)
      return String(
        try #require(error.firstMatch(of: /open "w\.safetensors" into=\(.*?\)(?=[.,]|$)/), "\(error)").0)
    }

    /// A trained model as `m`, in its file, and its weights alone in `w.safetensors`.
    private func train(
      _ model: String, in folder: DataFolder, _ session: Session, metadata: [String: String] = [:]
    ) throws -> ContrastiveModel {
      try session.gather(
        """
        s = load shapes train=12 test=10 size=16
        m = \(model)
        train m on=s.train epochs=1 batch=4
        save m "m.safetensors"
        export (embed s.test with=m) "h.npy"
        """)
      let model = try ContrastiveModel.open("\(folder.path)/m.safetensors")
      try Weights.write(
        model.using { $0.state }, metadata: metadata, to: "\(folder.path)/w.safetensors")
      return model
    }

    private func bytes(_ folder: DataFolder, _ name: String) throws -> Data {
      try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)"))
    }

    @Test(
      "the line that is advised works when it is typed",
      arguments: [
        "cnn width=2 size=8", "resnet18 width=1 size=32", "resnet34 width=1 size=16",
        "resnet50 width=1 stem=imagenet size=64", "vit layers=2 heads=4 size=16 patch=8",
        "vit style=standard layers=1 heads=5 width=35 size=12 patch=3",
        "vit style=standard layers=1 heads=64 width=64 size=8 patch=8",
      ], ["simclr", "supervised"])
    func typed(encoder: String, method: String) throws {
      let folder = try DataFolder()
      let session = Session()
      let model = try train("\(method) (\(encoder))", in: folder, session)
      try session.gather("again = \(try advice(session))\nembed s.test with=again")
      // What is left of the metadata tells more than shapes do.
      try Weights.write(
        model.using { $0.state }, metadata: model.encoder.metadata, to: "\(folder.path)/w.safetensors")
      let line = try advice(session)
      let normalisation = try #require(model.normalisation)
      let shown = try session.gather(
        """
        again = \(line) mean=\(normalisation.mean) std=\(normalisation.deviation)
        export (embed s.test with=again) "again.npy"
        """)
      #expect(shown.text == "wrote again.npy\n")
      #expect(try bytes(folder, "again.npy") == bytes(folder, "h.npy"))
    }

    @Test(
      "that the mean and std are lost is said once, and they can be given",
      arguments: ["", "simclr "])
    func normalisation(method: String) throws {
      let folder = try DataFolder()
      let session = Session()
      let model = try train("simclr (cnn width=2 size=16) head=[3]", in: folder, session)
      let normalisation = try #require(model.normalisation)
      let network = method.isEmpty ? "(cnn width=2 size=16)" : "(simclr (cnn width=2 size=16) head=[3])"
      let use = method.isEmpty ? "b = simclr a" : "b = a"
      let open = "a = open \"w.safetensors\" into=\(network)"
      let numbers = "mean=\(normalisation.mean) std=\(normalisation.deviation)"
      func embed(_ cell: String) throws -> String {
        let shown = try session.gather("\(cell)\n\(use)")
        try session.gather(
          "export (embed s.test[0..<5] with=b) \"b.npy\"\nexport (embed s.test[0..<5] with=m) \"m.npy\"")
        return shown.text
      }
      let said = try embed(open)
      #expect(said.contains("mean and std") && said.contains("of the images at hand"), "\(said)")
      #expect(said.split(separator: "\n").count == 1, "\(said)")
      #expect(try bytes(folder, "b.npy") != bytes(folder, "m.npy"))
      #expect(try embed("\(open) \(numbers)") == "")
      #expect(try bytes(folder, "b.npy") == bytes(folder, "m.npy"))
      // Files of save know it, also where an encoder alone is wanted, and so does metadata with these two names.
      let own = "a = open \"m.safetensors\" into=\(network)"
      #expect(try embed(own) == "")
      #expect(try bytes(folder, "b.npy") == bytes(folder, "m.npy"))
      try Weights.write(
        model.using { $0.state },
        metadata: ["mean": "\(normalisation.mean)", "std": "\(normalisation.deviation)"],
        to: "\(folder.path)/w.safetensors")
      #expect(try embed(open) == "")
      #expect(try bytes(folder, "b.npy") == bytes(folder, "m.npy"))
    }

    @Test("a model that has a mean and std keeps them, and it is said")
    func kept() throws {
      let folder = try DataFolder()
      let session = Session()
      _ = try train("simclr (cnn width=2 size=16) head=[3]", in: folder, session)
      let said = try session.gather("open \"w.safetensors\" into=m").text
      #expect(said.contains("keeps its own"), "\(said)")
      for (cell, words) in [
        ("open \"w.safetensors\" into=m mean=[0.5, 0.5, 0.5]", "std"),
        ("open \"w.safetensors\" into=m mean=[0.5] std=[1]", "three"),
        ("open \"m.safetensors\" mean=[0.5, 0.5, 0.5] std=[1, 1, 1]", "into="),
      ] {
        let error = session.failure(cell)
        #expect(error?.said.contains(words) == true, "\(cell): \(error?.said ?? "no error")")
      }
    }

    @Test(
      "weights of a larger network are not read into a part of it",
      arguments: [
        ("resnet34 width=1 size=16", "resnet18 width=1 size=16", "layer1.2."),
        (
          "vit style=standard layers=2 heads=1 width=4 size=8 patch=8",
          "vit style=standard layers=1 heads=1 width=4 size=8 patch=8", "blocks.1."
        ),
      ])
    func larger(saved: String, made: String, name: String) throws {
      let folder = try DataFolder()
      let session = Session()
      _ = try train("simclr (\(saved)) head=[3]", in: folder, session)
      for network in ["(\(made))", "(simclr (\(made)) head=[3])", "(simclr (\(saved)) head=[])"] {
        let error = session.failure("open \"w.safetensors\" into=\(network)")?.said
        if network.contains("head=[]") {
          #expect(error == nil, "a head may be left behind: \(error ?? "")")
        } else {
          #expect(error?.contains(name) == true, "\(error ?? "no error")")
        }
      }
    }

    @Test("weights of a network that is not made here are said to be such")
    func unknown() throws {
      let folder = try DataFolder()
      let session = Session()
      let model = try train("simclr (cnn width=2 size=16) head=[3]", in: folder, session)
      var renamed = State()
      for (name, entry) in try model.using({ $0.state }).entries { renamed.add("net.\(name)", entry.tensor) }
      try Weights.write(renamed, to: "\(folder.path)/w.safetensors")
      let error = try #require(session.failure("open \"w.safetensors\"")?.said)
      #expect(error.contains("net.conv.0.weight") && error.contains("resnet50"), "\(error)")
    }
  }
}
