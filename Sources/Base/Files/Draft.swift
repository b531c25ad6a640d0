import Glibc

/// A file that has no name yet, or one that says it is a draft, in the folder where it will get its own.
///
/// The system removes a file without a name when its program ends, however it does. Where the file system knows no such files, the
/// draft has a name. Either way it is locked until then, and while it changes its name: `removeDeadDrafts` tells by the lock.
package final class Draft {
  package let descriptor: Int32
  private let folder: String
  /// Temporary name of the draft; removed if the draft never becomes the file.
  private var path: String?

  /// Throws `SystemError` where nothing can be written in the folder.
  /// - Parameter isNamed: not without a name, wherever that is possible.
  package init(in folder: String, isNamed: Bool = false) throws(SystemError) {
    self.folder = folder
    let unnamed = isNamed || access("/proc/self/fd", X_OK) != 0 ? -1 : open(folder, Draft.unnamed, 0o666)
    if unnamed >= 0 {
      flock(unnamed, LOCK_EX | LOCK_NB)
      descriptor = unnamed
      return
    }
    for _ in 0..<100 {
      let path = Draft.path(in: folder)
      let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor < 0 && errno == EEXIST { continue }
      guard descriptor >= 0 else { throw SystemError(errno) }
      // Another program's cleaning may come between: then it is gone, or about to be.
      var status = stat()
      if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK), fstat(descriptor, &status) == 0,
        status.st_nlink > 0
      {
        (self.descriptor, self.path) = (descriptor, path)
        return
      }
      close(descriptor)
    }
    throw SystemError(EBUSY)
  }

  deinit {
    if let path { unlink(path) }
    close(descriptor)
  }

  /// Waits until the disk has all bytes, and gives the file the name that it was made for.
  package func take(name: String, replaces: Bool) throws(SystemError) {
    // Some file systems of networks and programs cannot be told to wait.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw SystemError(errno) }
    let target = "\(folder)/\(name)"
    if path == nil {
      if !replaces, link(to: target) { return flushFolder(folder) }
      // A link cannot take the place of a file, a new name can.
      let path = Draft.path(in: folder)
      guard link(to: path) else { throw SystemError(errno) }
      self.path = path
    }
    guard rename(path!, target) == 0 else { throw SystemError(errno) }
    path = nil
    flushFolder(folder)
  }

  private func link(to path: String) -> Bool {
    linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0
  }

  /// `O_TMPFILE`, a macro that Swift does not see.
  private static let unnamed = 0o20_000_000 | O_DIRECTORY | O_RDWR | O_CLOEXEC

  private static let (beginning, end) = (".contrast-", ".part")

  private static func path(in folder: String) -> String {
    "\(folder)/\(beginning)\(String(UInt64.random(in: 0 ... .max), radix: 36))\(end)"
  }

  package static func isName(_ name: String) -> Bool { name.hasPrefix(beginning) && name.hasSuffix(end) }
}

/// Removes what killed programs left half written in `folder`.
///
/// A draft is locked by who writes it, and no lock outlives its program; where locks are not to be had, drafts stay.
func removeDeadDrafts(in folder: String) {
  for entry in (try? folderEntries(of: folder)) ?? [] where Draft.isName(entry.name) {
    let path = entry.path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { continue }
    defer { close(descriptor) }
    var (own, there) = (stat(), stat())
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &own) == 0, lstat(path, &there) == 0,
      own.st_ino == there.st_ino, own.st_mode & S_IFMT == S_IFREG
    {
      unlink(path)
    }
  }
}
