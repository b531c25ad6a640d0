import Glibc

/// Replaces the file at `path`, whole or not at all: `fill` writes to a new file in the same folder, which takes the name
/// only once everything has reached the disk.
///
/// A link stays a link: the file that it leads to is replaced, or made. Permissions, and owner and group as far as the
/// system allows, are those of the file that is replaced. Devices and pipes are refused, and so is a file that may not be written.
/// Throws: `DiskError`, and what `fill` throws.
public func replaceFile(at path: String, _ fill: (OutputFile) throws -> Void) throws {
  let target = try FileTarget(path)
  removeDeadDrafts(in: target.folder)
  let draft = try Draft(in: target.folder)
  try target.giveAttributes(to: draft)
  try fill(OutputFile(descriptor: draft.descriptor))
  try draft.take(name: target.name, replaces: target.status != nil)
}

/// Makes the folders that `path` names above its last part, where they do not exist yet. Throws `DiskError`.
public func makeFolders(above path: String) throws(DiskError) {
  var at = path.startIndex
  while let slash = path[at...].dropFirst().firstIndex(of: "/") {
    let folder = String(path[..<slash])
    if mkdir(folder, 0o777) != 0 {
      let code = errno
      guard isFolder(folder) else { throw DiskError(code == EEXIST ? ENOTDIR : code) }
    }
    at = slash
  }
}

func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// A file in the making.
public struct OutputFile {
  let descriptor: Int32

  package init(descriptor: Int32) { self.descriptor = descriptor }

  public func append(_ bytes: UnsafeRawBufferPointer) throws(DiskError) {
    var done = 0
    while done < bytes.count {
      let count = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw DiskError(count == 0 ? EIO : errno) }
      done += count
    }
  }
}

/// Where a file's bytes go when it is written by a name: links are followed.
private struct FileTarget {
  let folder: String
  let name: String
  /// Of the file that is there already.
  private(set) var status: stat?

  init(_ path: String) throws(DiskError) {
    guard !path.utf8.contains(0) else { throw DiskError(EINVAL) }
    var status = stat()
    // Links are followed by the system first: those in /proc/self/fd lead to pipes, which have no path.
    if stat(path, &status) == 0 {
      try FileTarget.check(status)
      // A new name in the folder would pass over the file's own permissions.
      guard access(path, W_OK) == 0 else { throw DiskError(errno) }
      self.status = status
    } else if errno != ENOENT {
      throw DiskError(errno)
    }
    (folder, name) = try FileTarget.followed(path)
  }

  private static func check(_ status: stat) throws(DiskError) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: return
    case S_IFDIR: throw DiskError(EISDIR)
    case S_IFIFO: throw DiskError(EINVAL, "It is a pipe, not a file")
    case S_IFSOCK: throw DiskError(EINVAL, "It is a socket, not a file")
    default: throw DiskError(EINVAL, "It is a device, not a file")
    }
  }

  /// The folder and the name that `path` leads to, by as many links as the system itself follows.
  private static func followed(_ path: String) throws(DiskError) -> (folder: String, name: String) {
    var path = path
    for _ in 0..<40 {
      let cut = path.lastIndex(of: "/")
      let folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
      let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
      guard !name.isEmpty, name != ".", name != ".." else { throw DiskError(EISDIR) }
      guard let link = linked(path) else { return (folder, name) }
      path = link.hasPrefix("/") ? link : "\(folder)/\(link)"
    }
    throw DiskError(ELOOP)
  }

  /// Where a link leads; nil for what is none.
  private static func linked(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      readlink(path, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
  }

  /// Permissions, owner and group of the file that is replaced.
  func giveAttributes(to draft: Draft) throws(DiskError) {
    guard let status else { return }
    var mode = status.st_mode & 0o777
    var own = stat()
    guard fstat(draft.descriptor, &own) == 0 else { throw DiskError(errno) }
    if own.st_uid != status.st_uid || own.st_gid != status.st_gid,
      fchown(draft.descriptor, status.st_uid, status.st_gid) != 0,
      own.st_gid != status.st_gid, fchown(draft.descriptor, .max, status.st_gid) != 0
    {
      // Another group must not read what the old one alone could.
      mode = mode & ~0o070 | (mode & 0o007) << 3
    }
    guard fchmod(draft.descriptor, mode) == 0 || errno == EPERM else { throw DiskError(errno) }
  }
}
