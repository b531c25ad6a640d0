import Glibc

/// Files that are written whole or not at all, with errors for whoever named them.
public enum WholeFile {
  /// Writes `bytes`; folders that `path` names and that do not exist yet are made. Throws `InputError` where that
  /// cannot be done.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { file in try bytes.withUnsafeBytes { try file.append($0) } }
  }

  /// Writes what `fill` does, into a folder that is made where it does not exist yet.
  public static func write(to path: String, _ fill: (OutputFile) throws -> Void) throws {
    do {
      try makeFolders(above: path)
      try replaceFile(at: path, fill)
    } catch let error as DiskError {
      throw InputError(cannot: "write", path, error)
    }
  }

  /// The bytes of a file. Throws `InputError` where it cannot be read, or has more than `most`.
  public static func read(_ path: String, most: Int = .max) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw InputError(cannot: "read", path, DiskError(errno)) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw InputError(cannot: "read", path, DiskError(errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw InputError("\(path) is no file", option: "path") }
    let size = Int(status.st_size)
    guard size <= most else {
      throw InputError("\(path) has \(counted(size, "byte")), and at most \(most) are read", option: "path")
    }
    return try [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      while filled < size {
        let count = Glibc.read(file, buffer.baseAddress! + filled, size - filled)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw InputError(cannot: "read", path, DiskError(errno)) }
        if count == 0 { return }
        filled += count
      }
    }
  }
}
