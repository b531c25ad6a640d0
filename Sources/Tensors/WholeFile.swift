import Glibc

/// Files that are written whole or not at all.
public enum WholeFile {
  /// Writes `bytes` to a new file beside `path`, which takes its name once everything has reached the disk. Folders
  /// that `path` names and that do not exist yet are made. Throws `InputError` where that cannot be done.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try makeFolder(of: path)
    let draft = "\(path).\(getpid()).part"
    let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw failure(path) }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + done, bytes.count - done) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        defer {
          close(file)
          unlink(draft)
        }
        throw failure(path)
      }
      done += count
    }
    guard fsync(file) == 0, close(file) == 0, rename(draft, path) == 0 else {
      defer { unlink(draft) }
      throw failure(path)
    }
  }

  private static func makeFolder(of path: String) throws {
    var at = path.startIndex
    while let slash = path[at...].dropFirst().firstIndex(of: "/") {
      let folder = String(path[..<slash])
      guard mkdir(folder, 0o777) == 0 || errno == EEXIST || errno == EISDIR || isFolder(folder) else {
        throw failure(path)
      }
      at = slash
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func failure(_ path: String) -> InputError {
    InputError(
      "cannot write \(path): \(String(cString: strerror(errno)))", option: "path",
      advice: "choose a folder that exists, is yours and has room")
  }
}
