import Glibc

/// Thrown where another program, or another cell of this one, has the lock on a file.
public struct FileTaken: Error, Equatable {
  public let path: String
  /// Process that has it, where that is known.
  public let process: Int?

  public var isOwn: Bool { process == Int(getpid()) }
}

/// A lock on the name of a file: who has it may replace the file, and nobody else who asks for it. It ends with its owner, however that ends.
///
/// What is locked is a file of its own beside it, `.NAME.lock`: a lock belongs to a file and not to its name, and the file itself is
/// another one each time it is replaced. Where the file system knows no locks, everybody gets it.
public final class FileLock {
  private let descriptor: Int32
  private let path: String

  /// Locks the file that `path` leads to, and makes the folders that do not exist yet. Throws `FileTaken`, and `FileError` where no
  /// file can be written there.
  public init(_ path: String) throws {
    do {
      try makeFolders(parentFolder(of: path))
      let target = try FileTarget(path)
      self.path = "\(target.folder)/.\(target.name).lock"
      descriptor = try FileLock.locked(self.path, for: path)
    } catch let error as SystemError {
      throw FileError.unwritable(path, error)
    }
    let owner = Array("\(getpid())\n".utf8)
    // Only for the message of whoever finds it taken.
    if ftruncate(descriptor, 0) == 0 {
      _ = owner.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }
  }

  deinit {
    unlink(path)
    close(descriptor)
  }

  private static func locked(_ lock: String, for path: String) throws -> Int32 {
    for _ in 0..<100 {
      let descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
      guard descriptor >= 0 else { throw SystemError(errno) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
        let process = owner(descriptor)
        close(descriptor)
        throw FileTaken(path: path, process: process)
      }
      // Its owner of before may have removed it in between.
      var (own, there) = (stat(), stat())
      if fstat(descriptor, &own) == 0, lstat(lock, &there) == 0, own.st_ino == there.st_ino {
        return descriptor
      }
      close(descriptor)
    }
    throw SystemError(EBUSY)
  }

  private static func owner(_ descriptor: Int32) -> Int? {
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    return Int(
      String(decoding: bytes.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}
