import Base
import Foundation
import Records
import Testing

@Suite("The log of runs")
struct RunLogTests {
  private let folder: String
  private var path: String { "\(folder)/runs.sqlite" }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("contrast-\(UUID())").path
    try makeFolders(folder)
  }

  private func record(_ command: String = "train") -> RunRecord {
    RunRecord(
      command: command, subject: "model: a \"model\"", data: "few", fingerprint: "00ff",
      settings: [.init("batch", "16", isGiven: true), .init("rate", "0.001", isGiven: false)], seed: "7",
      machine: "a machine", version: "1", cell: "train model\n  on=few")
  }

  @Test("a run comes back as it was written, epoch by epoch")
  func roundTrip() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let log = try RunLog(path: path)
    #expect(try log.begin(record()) == 0)
    let second = try log.begin(record("knn"))
    #expect(second == 1)
    let readings = (1...3).flatMap {
      [
        RunRecord.Reading(epoch: $0, metric: "loss", value: 1 / Double($0)),
        RunRecord.Reading(epoch: $0, metric: "knn", value: 0.5),
      ]
    }
    try log.add(readings, to: 0)
    try log.add([.init(epoch: 4, metric: "loss", value: .nan)], to: 0)
    try log.end(
      second, as: .failed, message: "no", seconds: 1.5,
      results: [.init("accuracy", 0.25), .init("bad", .nan)])
    // As another program that opens the file sees it.
    let other = try RunLog(path: path, makes: false)
    #expect(try other.count == 2)
    let runs = try other.runs()
    #expect(runs.map(\.number) == [0, 1] && runs.map(\.command) == ["train", "knn"])
    #expect(runs[0].settings == record().settings && runs[0].cell == record().cell)
    #expect(runs[0].subject == record().subject && runs[0].fingerprint == "00ff" && runs[0].seed == "7")
    #expect(runs[0].ending == .running && runs[0].seconds == nil)
    #expect(runs[0].readings.map(\.epoch) == [3, 3])
    #expect(runs[1].ending == .failed && runs[1].message == "no" && runs[1].seconds == 1.5)
    #expect(runs[1].results == [.init("accuracy", 0.25)])
    let whole = try #require(try other.run(0))
    #expect(whole.readings.filter { $0.metric == "loss" }.map(\.value) == [1, 0.5, 1.0 / 3])
    #expect(whole.started == runs[0].started)
    #expect(try other.run(9) == nil)
  }

  @Test("a run whose process is gone was killed, and one of another machine may still run")
  func killed() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let log = try RunLog(path: path)
    for _ in 0..<4 { _ = try log.begin(record()) }
    let database = try Database(path: path, patience: 1000)
    try database.run("UPDATE runs SET process_start = process_start + 1 WHERE run = 1")
    try database.run("UPDATE runs SET boot = 'another' WHERE run = 2")
    try database.run("UPDATE runs SET host = 'another', process = 1 WHERE run = 3")
    #expect(try log.runs().map(\.ending) == [.running, .killed, .killed, .running])
  }

  @Test("many writers at once lose nothing, and each run has its number")
  func concurrent() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (writers, runs, path) = (8, 25, path)
    DispatchQueue.concurrentPerform(iterations: writers) { writer in
      do {
        let log = try RunLog(path: path)
        for run in 0..<runs {
          let number = try log.begin(record("writer \(writer)"))
          try log.add([.init(epoch: 1, metric: "loss", value: Double(run))], to: number)
          try log.end(number, as: .finished, seconds: 1)
        }
      } catch {
        Issue.record("writer \(writer): \(error)")
      }
    }
    let all = try RunLog(path: path, makes: false).runs()
    #expect(all.compactMap(\.number) == Array(0..<writers * runs))
    for writer in 0..<writers {
      #expect(
        all.filter { $0.command == "writer \(writer)" }.compactMap { $0.readings.first?.value }
          == (0..<runs).map(Double.init))
    }
    #expect(all.allSatisfy { $0.ending == .finished })
  }

  @Test("a log of an earlier day opens")
  func fixture() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Fixtures/format-1.sqlite")
    try FileManager.default.copyItem(atPath: fixture.path, toPath: path)
    let runs = try RunLog(path: path, makes: false).runs()
    #expect(runs.map(\.command) == ["train", "classifier", "evaluate", "knn"])
    #expect(runs.map(\.ending) == [.finished, .finished, .finished, .finished])
    #expect(runs[0].readings.map(\.metric).sorted().contains("loss"))
  }

  @Test("files that are no log are refused by what they are")
  func refused() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = "\(folder)/text", other = "\(folder)/other", later = "\(folder)/later"
    try Data("hello, this is no database, whatever it is called".utf8).write(to: URL(fileURLWithPath: text))
    try Database(path: other, patience: 1000).run("CREATE TABLE x (y)")
    _ = try RunLog(path: later)
    try Database(path: later, patience: 1000).run("PRAGMA user_version = 9")
    #expect(throws: RunLogError.notSQLite(text)) { try RunLog(path: text) }
    #expect(throws: RunLogError.notALog(other)) { try RunLog(path: other) }
    #expect(throws: RunLogError.newer(later, format: 9)) { try RunLog(path: later) }
    #expect(throws: RunLogError.missing(path)) { try RunLog(path: path, makes: false) }
    #expect(throws: RunLogError.self) { try RunLog(path: folder) }
    // What was refused is as it was.
    #expect(try String(contentsOfFile: text, encoding: .utf8).hasPrefix("hello"))
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("a file that is cut off or damaged is an error or an older state, and nothing falls over")
  func damaged() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do {
      let log = try RunLog(path: path)
      for _ in 0..<20 { try log.end(try log.begin(record()), as: .finished, seconds: 1) }
    }
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    // Where bits flip is the same in every run.
    var place = 12_345
    func next(_ limit: Int) -> Int {
      place = (place &* 1_103_515_245 &+ 12_345) & 0x7fff_ffff
      return place / 65_536 % limit
    }
    for percent in 0..<100 {
      let file = "\(folder)/cut-\(percent)"
      try whole.prefix(whole.count * percent / 100).write(to: URL(fileURLWithPath: file))
      _ = try? RunLog(path: file).runs()
      var flipped = whole
      flipped[next(whole.count)] ^= 1 << UInt8(next(8))
      try flipped.write(to: URL(fileURLWithPath: file))
      _ = try? RunLog(path: file).runs()
    }
  }
}

@Suite("Processes are told apart")
struct ProcessIdentityTests {
  @Test("this process runs, one that ended does not, and one on another machine is unknown")
  func running() throws {
    let own = ProcessIdentity.own
    #expect(own.isRunning == true)
    func changed(host: String? = nil, boot: String? = nil, number: Int? = nil, start: Int? = nil)
      -> ProcessIdentity
    {
      ProcessIdentity(
        host: host ?? own.host, boot: boot ?? own.boot, number: number ?? own.number,
        start: start ?? own.start)
    }
    #expect(changed(start: own.start + 1).isRunning == false)
    #expect(changed(boot: "x").isRunning == false)
    #expect(changed(number: 1 << 30).isRunning == false)
    #expect(changed(host: "elsewhere").isRunning == nil)
  }
}

@Suite("Files of events")
struct EventFileTests {
  /// Written by TensorFlow's own writer would be the same bytes; TensorBoard's loader reads them in `test_records.py`.
  @Test("records are framed by length and checksums, and times come back")
  func framed() throws {
    let bytes = EventFile.bytes(of: [
      EventFile.Scalar(time: 1.5, step: 300, tag: "loss", value: 0.25)
    ])
    let first = 9 + 15
    #expect(Array(bytes[0..<8]) == [UInt8(first), 0, 0, 0, 0, 0, 0, 0])
    let second = 8 + 4 + first + 4
    #expect(bytes[second] == UInt8(bytes.count - second - 16))
    #expect(String(decoding: bytes, as: UTF8.self).contains("brain.Event:2"))
    let time = "2024-02-29T23:59:59.250000Z"
    #expect(Clock.seconds(iso8601: time) == 1_709_251_199.25)
    #expect(Clock.iso8601(1_709_251_199_250_000) == time)
    #expect(Clock.seconds(iso8601: "soon") == nil)
  }
}
