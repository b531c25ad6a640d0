/// Reasons why a file, named by its path, cannot be read or written.
public enum FileError: Error, Equatable {
  case unreadable(String, SystemError)
  case unwritable(String, SystemError)
}

/// Files that are read and written whole.
public enum WholeFile {
  /// Writes `bytes`, and makes the folders of `path` that do not exist yet. Throws `FileError`.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { file in try bytes.withUnsafeBytes { try file.append($0) } }
  }

  /// Writes what `fill` appends, and makes the folders of `path` that do not exist yet. Throws `FileError`, and the errors of
  /// `fill`.
  public static func write(to path: String, _ fill: (OutputFile) throws -> Void) throws {
    do {
      try makeFolders(parentFolder(of: path))
      try replaceFile(at: path, fill)
    } catch let error as SystemError {
      throw FileError.unwritable(path, error)
    }
  }

  /// The bytes of a file, at most `most`.
  public static func read(_ path: String, most: Int = .max) throws(FileError) -> [UInt8] {
    do throws(SystemError) {
      return try InputFile(path).rest(most: most)
    } catch {
      throw .unreadable(path, error)
    }
  }
}
