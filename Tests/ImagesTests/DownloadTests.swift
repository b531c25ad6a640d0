import Base
import Crypto
import FoundationEssentials
import Glibc
import Images
import Synchronization
import Tensors
import Testing

@Suite struct DownloadTests {
  private let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }

  private var sum: String { hexadecimal(SHA256.hash(data: content)) }

  private func download(
    _ address: String, to destination: String, bytes: Int? = nil, sha256: String? = nil,
    program: String = "curl"
  ) -> Download {
    Download(
      address: address, bytes: bytes ?? content.count, sha256: sha256 ?? sum, destination: destination,
      name: "data", program: program)
  }

  private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  @Test("what is fetched is checked and put in its place, folders and all")
  func success() throws {
    try withFolder { (folder) throws in
      try write(content, to: folder + "/source")
      let place = folder + "/deep/er/data.bin"
      let seen = Mutex<[String]>([])
      let watched = Run(
        workers: Workers(count: 1), onProgress: { progress in seen.withLock { $0.append(progress.title) } })
      try download("file://" + folder + "/source", to: place).fetch(watched)
      #expect(try bytes(place) == content)
      #expect(!exists(place + ".part"))
      #expect(seen.withLock { $0 }.contains("Checking data"))
    }
  }

  @Test("a download that was cut off is taken up where it ended")
  func resume() throws {
    let server = try Server(content)
    defer { server.stop() }
    try withFolder { (folder) throws in
      let place = folder + "/data.bin"
      try write(Array(content.prefix(100_000)), to: place + ".part")
      try download(server.address, to: place).fetch(run())
      #expect(try bytes(place) == content)
      #expect(server.requests.count == 1)
      #expect(server.requests.first?.contains("bytes=100000-") == true)
    }
  }

  @Test("one that was complete but not yet checked is not fetched again")
  func complete() throws {
    try withFolder { (folder) throws in
      let place = folder + "/data.bin"
      try write(content, to: place + ".part")
      try download("http://127.0.0.1:1/", to: place).fetch(run())
      #expect(try bytes(place) == content)
    }
  }

  @Test("a beginning that is wrong, or longer than the file, is thrown away and all is fetched anew")
  func wrongBeginning() throws {
    let server = try Server(content)
    defer { server.stop() }
    try withFolder { (folder) throws in
      for beginning in [
        [UInt8](repeating: 7, count: 1000), [UInt8](repeating: 7, count: content.count),
        [UInt8](repeating: 7, count: content.count + 5),
      ] {
        let place = folder + "/data\(beginning.count).bin"
        try write(beginning, to: place + ".part")
        try download(server.address, to: place).fetch(run())
        #expect(try bytes(place) == content)
      }
    }
  }

  @Test("a connection that breaks is taken up again")
  func broken() throws {
    let server = try Server(content, breaksAfter: 120_000)
    defer { server.stop() }
    try withFolder { (folder) throws in
      let place = folder + "/data.bin"
      try download(server.address, to: place).fetch(run())
      #expect(try bytes(place) == content)
      #expect(server.requests.count == 3)
    }
  }

  @Test("a server that cannot take up a download gives the whole file")
  func noRanges() throws {
    let server = try Server(content, knowsRanges: false)
    defer { server.stop() }
    try withFolder { (folder) throws in
      let place = folder + "/data.bin"
      try write(Array(content.prefix(5000)), to: place + ".part")
      try download(server.address, to: place).fetch(run())
      #expect(try bytes(place) == content)
    }
  }

  @Test("a wrong file is thrown away and never used")
  func wrongSum() throws {
    let server = try Server(Array("<html>Please log in</html>".utf8))
    defer { server.stop() }
    try withFolder { (folder) throws in
      let place = folder + "/data.bin"
      let source = DownloadError.Source(name: "data", address: server.address, destination: place)
      #expect(throws: DownloadError.wrongSum(source)) {
        try download(server.address, to: place).fetch(run())
      }
      #expect(!exists(place) && !exists(place + ".part"))
    }
  }

  @Test("without a network, one error says what to do")
  func noNetwork() throws {
    try withFolder { (folder) throws in
      let place = folder + "/data.bin"
      for address in ["http://127.0.0.1:1/x", "file:///does/not/exist"] {
        let error = #expect(throws: DownloadError.self) { try download(address, to: place).fetch(run()) }
        guard case .failed(let source, let reason)? = error else {
          Issue.record("\(error as Any)")
          return
        }
        #expect(reason.contains("curl") && source.address == address && source.destination == place)
        #expect(!exists(place))
      }
    }
  }

  @Test("a missing curl and a folder that cannot be written are named")
  func surroundings() throws {
    try withFolder { (folder) throws in
      let place = folder + "/data.bin"
      let missing = download("file:///x", to: place, program: "no-such-program-here")
      #expect(throws: DownloadError.self) { try missing.fetch(run()) }
      try write([1], to: folder + "/file")
      let blocked = download("file:///x", to: folder + "/file/data.bin")
      #expect {
        try blocked.fetch(run())
      } throws: {
        if case .unwritable? = $0 as? DownloadError { true } else { false }
      }
    }
  }

  @Test("an interrupt ends the download and keeps what there is")
  func interrupt() throws {
    let server = try Server(content, silentAfter: 50_000)
    defer { server.stop() }
    try withFolder { (folder) throws in
      let place = folder + "/data.bin"
      let interrupt = Interrupt()
      let stopped = Run(
        workers: Workers(count: 1), interrupt: interrupt,
        onProgress: { progress in
          // Once the server has fallen silent.
          guard progress.completed >= 30_000, !interrupt.isRequested else { return }
          interrupt.request()
        })
      // The server says nothing more: without the interrupt it would wait for minutes, and then fail otherwise.
      #expect(throws: Interrupted.self) { try download(server.address, to: place).fetch(stopped) }
      let kept = try bytes(place + ".part")
      #expect(kept.count >= 30_000 && kept == Array(content.prefix(kept.count)))
      #expect(!exists(place))
    }
  }

  @Test("two at a time fetch once")
  func together() throws {
    let server = try Server(content)
    defer { server.stop() }
    try withFolder { (folder) throws in
      let one = download(server.address, to: folder + "/data.bin")
      let failures = Mutex(0)
      Workers(count: 2).forEach(2) { _, _ in
        do { try one.fetch(Run(workers: Workers(count: 1))) } catch { failures.withLock { $0 += 1 } }
      }
      #expect(failures.withLock { $0 } == 0)
      #expect(server.requests.count == 1)
      #expect(try bytes(folder + "/data.bin") == content)
    }
  }

  @Test("CIFAR-10 is fetched into the cache the first time, and found there the second")
  func cifar() throws {
    try withFolder { (folder) throws in
      let files = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]
      try writeArchive(
        files.map { ("cifar-10-batches-bin/" + $0, [UInt8](repeating: 3, count: 2 * 3073)) },
        to: folder + "/source")
      let archive = try bytes(folder + "/source")
      let server = try Server(archive)
      defer { server.stop() }
      let release = CIFAR10.Release(
        address: server.address, bytes: archive.count, sha256: hexadecimal(SHA256.hash(data: archive)),
        records: 2)
      for _ in 0..<2 {
        let data = try CIFAR10.load(path: nil, release: release, cache: folder + "/cache", run: run())
        #expect(data.train.labels == [Int](repeating: 3, count: 10))
        #expect(data.notes.isEmpty)
      }
      #expect(server.requests.count == 1)
    }
  }
}
