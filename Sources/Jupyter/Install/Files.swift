import Base
import Glibc

/// Files read and written whole. Errors say only why; the caller knows what the file is to its user.
package enum Files {
  /// The bytes of the file at `path`; more than `limit` of them is an error. Also of a pipe, as shells make them: `<(…)`.
  package static func read(_ path: String, limit: Int = 1 << 30) throws(InputError) -> [UInt8] {
    try saying { try InputFile(path, isAny: true).rest(most: limit) }
  }

  /// Replaces the file at `path` by `bytes`: whole, or not at all.
  /// - Parameter mode: the permissions of a file that is new.
  package static func write(
    _ bytes: [UInt8], to path: String, mode: mode_t? = nil
  ) throws(InputError) {
    try saying {
      try replaceFile(at: path, mode: mode) { file in try bytes.withUnsafeBytes { try file.append($0) } }
    }
  }

  package static func exists(_ path: String) -> Bool { FileStatus(path) != .missing }

  /// Makes the directory and those above it.
  package static func createDirectories(_ path: String) throws(InputError) {
    try saying(of: path) { try makeFolders(path) }
  }

  /// The names in a directory, sorted; empty when there is no such directory.
  package static func list(_ path: String) -> [String] {
    ((try? folderEntries(of: path)) ?? []).map(\.name).sorted()
  }

  /// Removes a file, or a directory with all that is in it; links are removed, not followed.
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
