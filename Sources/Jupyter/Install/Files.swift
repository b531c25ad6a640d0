import Base
import Glibc

/// Files read and written whole.
package enum Files {
  /// Bytes of the file or pipe (`<(…)` of a shell) at `path`, at most `limit`.
  package static func read(_ path: String, limit: Int = 1 << 30) throws(InputError) -> [UInt8] {
    try saying { try InputFile(path, isAny: true).rest(most: limit) }
  }

  /// Replaces the file at `path` by `bytes`, whole or not at all.
  /// - Parameter mode: permissions of a new file.
  package static func write(
    _ bytes: [UInt8], to path: String, mode: mode_t? = nil
  ) throws(InputError) {
    try saying {
      try replaceFile(at: path, mode: mode) { file in try bytes.withUnsafeBytes { try file.append($0) } }
    }
  }

  package static func exists(_ path: String) -> Bool { FileStatus(path) != .missing }

  /// Makes a directory with its parents.
  package static func createDirectories(_ path: String) throws(InputError) {
    try saying(of: path) { try makeFolders(path) }
  }

  /// Sorted names in a directory; empty if it does not exist.
  package static func list(_ path: String) -> [String] {
    ((try? folderEntries(of: path)) ?? []).map(\.name).sorted()
  }

  /// Removes a file, or a directory with its content; links are removed, not followed.
  package static func remove(_ path: String) throws(InputError) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw InputError("\(path): \(systemError())")
    }
    let isDirectory = status.st_mode & S_IFMT == S_IFDIR
    if isDirectory { for name in list(path) { try remove("\(path)/\(name)") } }
    guard (isDirectory ? rmdir(path) : unlink(path)) == 0 else {
      throw InputError("\(path): \(systemError())")
    }
  }

  private static func saying<Result>(
    of path: String? = nil, _ body: () throws -> Result
  ) throws(InputError) -> Result {
    do { return try body() } catch { throw InputError((path.map { "\($0): " } ?? "") + "\(error)") }
  }
}
