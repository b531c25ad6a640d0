import Glibc
import Synchronization

/// Replaces the file at `path`, whole or not at all: `fill` writes to a new file in the same folder, which takes the name
/// only once everything has reached the disk.
///
/// A link stays a link: the file that it leads to is replaced, or made. Permissions, and owner and group as far as the
/// system allows, are those of the file that is replaced. Devices and pipes are refused, and so is a file that may not be written.
/// - Parameter mode: the permissions of a file that is new, before it has any content; else what the umask leaves.
/// - Throws: `SystemError`, and what `fill` throws.
public func replaceFile(at path: String, mode: mode_t? = nil, _ fill: (OutputFile) throws -> Void) throws {
  if let turn = FileTurn.current { return try turn { try writeFile(at: path, mode: mode, fill) } }
  try writeFile(at: path, mode: mode, fill)
}

private func writeFile(at path: String, mode: mode_t?, _ fill: (OutputFile) throws -> Void) throws {
  let target = try FileTarget(path)
  removeDeadDrafts(in: target.folder)
  let draft = try Draft(in: target.folder)
  try target.giveAttributes(to: draft)
  if let mode, target.status == nil, fchmod(draft.descriptor, mode) != 0 { throw SystemError(errno) }
  try fill(OutputFile(descriptor: draft.descriptor))
  try draft.take(name: target.name, replaces: target.status != nil)
}

/// Order in which processes that run the same cells write a file.
public enum FileTurn {
  public typealias Turn = @Sendable (_ write: () throws -> Void) throws -> Void
  private static let turn = Mutex<Turn?>(nil)

  static var current: Turn? { turn.withLock { $0 } }
  /// Has every file written by way of `turn`, from here on.
  public static func set(_ turn: @escaping Turn) { FileTurn.turn.withLock { $0 = turn } }
}

/// A file in the making.
public struct OutputFile {
  let descriptor: Int32

  package init(descriptor: Int32) { self.descriptor = descriptor }

  public func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let count = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw SystemError(count == 0 ? EIO : errno) }
      done += count
    }
  }

  /// Writes over bytes that are there already.
  public func replace(_ bytes: [UInt8], at offset: Int) throws(SystemError) {
    let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, offset) }
    guard count == bytes.count else { throw SystemError(count < 0 ? errno : EIO) }
  }
}

/// The file that is written under a name: links are followed.
struct FileTarget {
  let folder: String
  let name: String
  /// Permissions of the file that is there already.
  private(set) var status: stat?

  init(_ path: String) throws(SystemError) {
    guard !path.utf8.contains(0) else { throw SystemError(EINVAL) }
    var status = stat()
    // Links are followed by the system first: those in /proc/self/fd lead to pipes, which have no path.
    if stat(path, &status) == 0 {
      try SystemError.check(status)
      // A new name in the folder would pass over the file's own permissions.
      guard access(path, W_OK) == 0 else { throw SystemError(errno) }
      self.status = status
    } else if errno != ENOENT {
      throw SystemError(errno)
    }
    (folder, name) = try FileTarget.followed(path)
  }

  /// The folder and the name that `path` leads to, by as many links as the system itself follows.
  private static func followed(_ path: String) throws(SystemError) -> (folder: String, name: String) {
    var path = path
    for _ in 0..<40 {
      let folder = parentFolder(of: path)
      let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
      guard !name.isEmpty, name != ".", name != ".." else { throw SystemError(EISDIR) }
      guard let link = linkTarget(of: path) else { return (folder, name) }
      path = link.hasPrefix("/") ? link : "\(folder)/\(link)"
    }
    throw SystemError(ELOOP)
  }

  /// Permissions, owner and group of the file that is replaced.
  func giveAttributes(to draft: Draft) throws(SystemError) {
    guard let status else { return }
    var mode = status.st_mode & 0o777
    var own = stat()
    guard fstat(draft.descriptor, &own) == 0 else { throw SystemError(errno) }
    if own.st_uid != status.st_uid || own.st_gid != status.st_gid,
      fchown(draft.descriptor, status.st_uid, status.st_gid) != 0,
      own.st_gid != status.st_gid, fchown(draft.descriptor, .max, status.st_gid) != 0
    {
      // Another group must not read what the old one alone could.
      mode = mode & ~0o070 | (mode & 0o007) << 3
    }
    guard fchmod(draft.descriptor, mode) == 0 || errno == EPERM else { throw SystemError(errno) }
  }
}
