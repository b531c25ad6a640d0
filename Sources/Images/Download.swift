import Base
import Crypto
import Glibc
import Tensors

/// Reasons why data cannot be downloaded.
public enum DownloadError: Error, Equatable {
  /// Data, where they come from, and where they are kept.
  public struct Source: Equatable, Sendable {
    public let name: String
    public let address: String
    public let destination: String

    public init(name: String, address: String, destination: String) {
      (self.name, self.address, self.destination) = (name, address, destination)
    }
  }

  case unwritable(Source, SystemError)
  case notMoved(Source, SystemError)
  /// The file that was fetched could not be read again.
  case unreadable(String, SystemError)
  case wrongSum(Source)
  case noProgram(Source, String)
  case notStarted(program: String, SystemError)
  case failed(Source, String)
}

/// A file to be fetched once and kept: downloaded beside its place, checked, and only then moved there.
///
/// A download that was cut off is taken up where it ended. One whose checksum is wrong is thrown away, and tried once
/// more from the beginning if it had been taken up. The transfer itself is the work of the program `curl`, which knows
/// about proxies and certificates.
package struct Download {
  let address: String
  let bytes: Int
  let sha256: String
  let destination: String
  /// Name of the data for the reader.
  let name: String

  /// The program that fetches.
  let program: String

  package init(
    address: String, bytes: Int, sha256: String, destination: String, name: String, program: String = "curl"
  ) {
    self.address = address
    self.bytes = bytes
    self.sha256 = sha256
    self.destination = destination
    self.name = name
    self.program = program
  }

  private var part: String { destination + ".part" }

  package func fetch(_ run: Run) throws {
    do throws(SystemError) { try makeFolders(parentFolder(of: destination)) } catch {
      throw DownloadError.unwritable(source, error)
    }
    let lock = try waitForLock(run)
    defer { close(lock) }
    // Somebody else may have finished it meanwhile.
    if FileStatus(destination).bytes != nil { return }
    let wasBegun = (FileStatus(part).bytes ?? 0) > 0
    try transfer(run)
    if try checksum(run) != sha256 {
      unlink(part)
      guard wasBegun else { throw DownloadError.wrongSum(source) }
      try transfer(run)
      if try checksum(run) != sha256 {
        unlink(part)
        throw DownloadError.wrongSum(source)
      }
    }
    guard rename(part, destination) == 0 else {
      throw DownloadError.notMoved(source, SystemError(errno))
    }
  }

  private var source: DownloadError.Source {
    DownloadError.Source(name: name, address: address, destination: destination)
  }

  // MARK: - Transfer

  /// One download of a file at a time, on this machine. The lock is held by this process and by curl: should this
  /// process die, nobody writes to the file while curl still does.
  private func waitForLock(_ run: Run) throws -> Int32 {
    let lock = open(destination + ".lock", O_RDWR | O_CREAT, 0o644)
    guard lock >= 0 else { throw DownloadError.unwritable(source, SystemError(errno)) }
    while flock(lock, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else { break }
      if run.interrupt.isRequested {
        close(lock)
        throw Interrupted()
      }
      report(run, "Waiting for another download of \(name)")
      usleep(100_000)
    }
    return lock
  }

  /// Fetches what is missing. A connection that breaks is taken up again as long as each try brings something.
  private func transfer(_ run: Run) throws {
    if (FileStatus(part).bytes ?? 0) > bytes { unlink(part) }
    while true {
      let begun = FileStatus(part).bytes ?? 0
      if begun == bytes { return }
      let failure = try ChildProcess.run(
        [
          program, "--fail", "--location", "--silent", "--show-error", "--connect-timeout", "30",
          "--speed-limit",
          "100", "--speed-time", "60", "--continue-at", "-", "--output", part, address,
        ], run: run
      ) { report(run, "Downloading \(name)") }
      guard let failure else { return }
      if failure.status == 33, begun > 0 {
        // The server gives whole files only: what there is of this one is of no use.
        unlink(part)
      } else if (FileStatus(part).bytes ?? 0) <= begun {
        throw failure.status == ChildProcess.notFound
          ? DownloadError.noProgram(source, program) : .failed(source, failure.message)
      }
    }
  }

  private func report(_ run: Run, _ title: String) {
    run.report(
      Progress(title, completed: min(bytes, FileStatus(part).bytes ?? 0), total: bytes, unit: "bytes"))
  }

  private func checksum(_ run: Run) throws -> String {
    do { return try sum(of: InputFile(part), run) } catch let error as SystemError {
      throw DownloadError.unreadable(part, error)
    }
  }

  private func sum(of file: InputFile, _ run: Run) throws -> String {
    var sum = SHA256()
    var done = 0
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { block.deallocate() }
    while true {
      try run.checkInterrupt()
      let got = try file.read(block.count, into: block.baseAddress!)
      if got == 0 { break }
      sum.update(bufferPointer: UnsafeRawBufferPointer(rebasing: block[..<got]))
      done += got
      run.report(Progress("Checking \(name)", completed: min(done, bytes), total: bytes, unit: "bytes"))
    }
    return hexadecimal(sum.finalize())
  }
}

/// A program that runs beside this one until it ends or the run is interrupted.
enum ChildProcess {
  struct Failure {
    let status: Int
    /// The last line that the program wrote to its standard error.
    let message: String
  }

  /// The status of a program that does not exist, as in a shell.
  static let notFound = 127

  /// Runs `arguments[0]`, found in `PATH`, without a shell. Calls `tick` ten times a second. Nil means success.
  static func run(_ arguments: [String], run: Run, tick: () -> Void) throws -> Failure? {
    var pipes: [Int32] = [0, 0]
    guard pipe(&pipes) == 0 else {
      throw DownloadError.notStarted(program: arguments[0], SystemError(errno))
    }
    for end in pipes { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(pipes[0], F_SETFL, O_NONBLOCK)
    defer { close(pipes[0]) }
    var child = pid_t()
    let status = spawn(arguments, errors: pipes[1], &child)
    close(pipes[1])
    if status == ENOENT { return Failure(status: notFound, message: "not found") }
    guard status == 0 else {
      throw DownloadError.notStarted(program: arguments[0], SystemError(status))
    }
    var errors: [UInt8] = []
    var ended: Int32 = 0
    while waitpid(child, &ended, WNOHANG) != child {
      errors += drain(pipes[0])
      if run.interrupt.isRequested {
        kill(child, SIGKILL)
        while waitpid(child, &ended, 0) < 0 && errno == EINTR {}
        throw Interrupted()
      }
      tick()
      usleep(50_000)
    }
    errors += drain(pipes[0])
    if ended == 0 { return nil }
    let isExit = ended & 0x7f == 0
    let lines = String(decoding: errors, as: UTF8.self).split(separator: "\n")
    return Failure(
      status: isExit ? Int(ended >> 8 & 0xff) : -1,
      message: lines.last.map(String.init)
        ?? (isExit ? "\(arguments[0]) ended with \(ended >> 8)" : "it was killed"))
  }

  private static func spawn(_ arguments: [String], errors: Int32, _ child: inout pid_t) -> Int32 {
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&files, errors, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The calling thread may block signals that must be able to end the child.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var list = arguments.map { strdup($0) } + [nil]
    defer { for text in list { free(text) } }
    return posix_spawnp(&child, arguments[0], &files, &attributes, &list, environ)
  }

  private static func drain(_ pipe: Int32) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 4096)
    let got = read(pipe, &block, block.count)
    return got > 0 ? Array(block[..<got]) : []
  }
}
