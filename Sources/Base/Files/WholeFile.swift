/// Files that are read and written whole, with errors for whoever named them.
public enum WholeFile {
  /// Writes `bytes`; folders that `path` names and that do not exist yet are made. Throws `InputError` where that
  /// cannot be done.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { file in try bytes.withUnsafeBytes { try file.append($0) } }
  }

  /// Writes what `fill` does, into a folder that is made where it does not exist yet.
  public static func write(to path: String, _ fill: (OutputFile) throws -> Void) throws {
    do {
      try makeFolders(parentFolder(of: path))
      try replaceFile(at: path, fill)
    } catch let error as SystemError {
      throw InputError(cannot: "write", path, error)
    }
  }

  /// The bytes of a file. Throws `InputError` where it cannot be read, or has more than `most`.
  public static func read(_ path: String, most: Int = .max) throws -> [UInt8] {
    do throws(SystemError) {
      return try InputFile(path).rest(most: most)
    } catch {
      throw InputError(cannot: "read", path, error)
    }
  }
}
