import Base
import Commands
import Foundation
import Testing

extension TestsInOneFolder {
  @Suite("record, runs and compare") struct RecordTests {
    private static let setup = """
      few = load shapes train=48 test=12 size=16
      model = simclr (cnn width=4 size=16)
      """

    private func shown(_ cell: String, _ session: Session) throws -> String {
      try session.gather(cell).results.map(\.text).joined(separator: "\n")
    }

    @Test("what is trained and judged is there with its settings, its curve and how it ended")
    func recorded() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let session = Session()
      try session.gather(Self.setup)
      #expect(try session.gather("record \"runs.sqlite\"").text.contains("runs.sqlite, which has 0 runs"))
      let cell = "# the first\ntrain model on=few.train epochs=3 batch=16 watch=[knn] seed=5"
      try session.gather(cell)
      try session.gather("h = embed few.train with=model\nc = classifier on=h hidden=0 epochs=2")
      try session.gather("s = evaluate c on=(embed few.test with=model)")
      try session.gather("k = knn (embed few.test with=model) among=h k=3")
      #expect(try shown("(runs).command", session) == #"["train", "classifier", "evaluate", "knn"]"#)
      #expect(try shown("(runs).ended", session) == #"["finished", "finished", "finished", "finished"]"#)
      #expect(
        try shown(
          "runs[0].cell == \"# the first\\ntrain model on=few.train epochs=3 batch=16 watch=[knn] seed=5\"",
          session) == "true")
      #expect(try shown("runs[0].loss", session) == shown("model.history.loss", session))
      #expect(try shown("runs[0].knn", session) == shown("model.history.knn", session))
      #expect(try shown("runs[0].seed", session).contains("5"))
      #expect(try shown("runs[0].settings.batch", session) == "16")
      #expect(try shown("runs[0].settings.optimizer", session).contains("adam"))
      #expect(try shown("runs[2].accuracy == s.accuracy", session) == "true")
      #expect(try shown("runs[3].accuracy == k.accuracy", session) == "true")
      #expect(try shown("runs[0].of", session).contains("model: "))
      #expect(
        try shown("runs[0].of", session).contains("simclr") || shown("runs[0].of", session).contains("SimCLR")
      )
      #expect(try shown("runs[0].fingerprint == runs[1].fingerprint", session) == "true")
      // Wherever a table goes.
      #expect(try shown("sort runs by=run descending=true", session).contains("evaluate"))
      #expect(try shown("filter runs command=\"train\"", session).contains("knn"))
      #expect(try session.gather("plot history runs[0]").results.count == 1)
      #expect(try session.gather("plot scatter runs x=run y=seconds").results.count == 1)
      #expect(try session.gather("export runs \"runs.csv\"").text.contains("runs.csv"))
      #expect(try shown("record", session).contains("runs are written to runs.sqlite"))
      #expect(try shown("record = 3\nrecord + 1", session) == "4")
      try session.gather("record none\ntrain model on=few.train epochs=1 batch=16")
      #expect(try shown("(runs \"runs.sqlite\").count", session) == "4")
    }

    @Test("an interrupted, a failed and a diverged training say so, with the epochs that they had")
    func endings() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let session = Session()
      try session.gather(Self.setup + "\nrecord \"runs.sqlite\"")
      session.interrupt.request(afterLooks: 60)
      #expect(session.failure("train model on=few.train epochs=500 batch=16")?.isInterrupt == true)
      session.interrupt.clear()
      #expect(session.failure("train model on=few.train epochs=1 batch=100") != nil)
      #expect(session.failure("train model on=few.train epochs=50 batch=16 optimizer=sgd rate=1e9") != nil)
      #expect(try shown("(runs).ended", session) == #"["interrupted", "failed", "diverged"]"#)
      #expect(try shown("runs[1].message", session).contains("100"))
      // What cannot be read as the option that it is given to is said as the cell says it.
      let error = try #require(session.failure("b = 1\ntrain model on=few.train batch=b"))
      let message = try shown("runs[3].message", session)
      #expect(message.contains("`batch` must be") && error.message.contains("batch"), "\(message)")
    }

    @Test("compare names what differs and nothing else")
    func compared() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let session = Session()
      try session.gather(Self.setup + "\nrecord \"runs.sqlite\"")
      for batch in [16, 24] {
        try session.gather(
          "m = simclr (cnn width=4 size=16)\nb = \(batch)\ntrain m on=few.train epochs=1 batch=b")
      }
      let table = try shown("compare runs[0] runs[1]", session)
      #expect(
        table.contains("batch") && table.contains("16") && table.contains("24") && table.contains("loss"))
      for same in ["rate", "optimizer", "command", "fingerprint", "machine", "seed"] {
        #expect(!table.contains(same), "\(same)")
      }
    }

    @Test("what cannot be is one clear error, before any work")
    func refused() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let session = Session()
      try session.gather(Self.setup)
      #expect(session.failure("runs")?.said.contains("record \"runs.sqlite\"") == true)
      try Data("no database at all, and long enough".utf8).write(to: URL(fileURLWithPath: "text.sqlite"))
      #expect(session.failure("record \"text.sqlite\"")?.said.contains("no SQLite file") == true)
      #expect(session.failure("runs \"nothing.sqlite\"")?.said.contains("There is no file") == true)
      #expect(session.failure("record \".\"")?.said.contains("cannot be used as a log") == true)
      #expect(session.failure("record 3")?.said.contains("quotes") == true)
      try session.gather("record \"runs.sqlite\"")
      #expect(session.failure("runs[0]")?.said.contains("there are no runs") == true)
      try session.gather("c = classifier on=few.train hidden=4 epochs=1")
      #expect(session.failure("runs[0].model")?.said.contains("kept no model") == true)
      #expect(session.failure("runs[0].history")?.said.contains("no readings") == true)
      #expect(session.failure("runs[0].nothing")?.said.contains("nothing") == true)
      #expect(session.failure("compare runs[0] 3")?.said.contains("run") == true)
    }

    @Test("sessions that share write to one log")
    func shared() throws {
      let folder = try DataFolder()
      defer { withExtendedLifetime(folder) {} }
      let session = Session()
      try session.gather(Self.setup + "\nrecord \"runs.sqlite\"")
      try Session(sharing: session).gather("train model on=few.train epochs=1 batch=16")
      #expect(try shown("(runs).count", session) == "1")
    }
  }
}
