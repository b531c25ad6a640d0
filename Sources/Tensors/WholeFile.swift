import Glibc

/// Files that are written whole or not at all.
public enum WholeFile {
  /// Writes `bytes`; folders that `path` names and that do not exist yet are made. Throws `InputError` where that
  /// cannot be done.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try makeFolder(of: path)
    try write(to: path) { file in try bytes.withUnsafeBytes { try file.append($0) } }
  }

  /// Writes a file whole or not at all: `fill` writes to a new file in the same folder, which takes the name `path` only
  /// once everything has reached the disk.
  public static func write(to path: String, _ fill: (OutputFile) throws -> Void) throws {
    let cut = path.lastIndex(of: "/")
    let folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
    guard !name.isEmpty, name != ".", name != ".." else { throw InputError(cannot: "write", path, EISDIR) }
    let draft = "\(folder)/.\(UInt64.random(in: 0 ... .max)).part"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw InputError(cannot: "write", path, errno) }
    var isWhole = false
    defer { if !isWhole { unlink(draft) } }
    do {
      defer { close(descriptor) }
      try fill(OutputFile(descriptor: descriptor, path: path))
      guard fsync(descriptor) == 0 else { throw InputError(cannot: "write", path, errno) }
    }
    guard rename(draft, path) == 0 else { throw InputError(cannot: "write", path, errno) }
    isWhole = true
    let directory = open(folder, O_RDONLY | O_CLOEXEC)
    if directory >= 0 {
      fsync(directory)
      close(directory)
    }
  }

  /// The bytes of a file. Throws `InputError` where it cannot be read, or has more than `most`.
  public static func read(_ path: String, most: Int = .max) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw InputError(cannot: "read", path, errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw InputError(cannot: "read", path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw InputError("\(path) is no file", option: "path") }
    let size = Int(status.st_size)
    guard size <= most else {
      throw InputError("\(path) has \(size) bytes, and at most \(most) are read", option: "path")
    }
    return try [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      while filled < size {
        let count = Glibc.read(file, buffer.baseAddress! + filled, size - filled)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw InputError(cannot: "read", path, errno) }
        if count == 0 { return }
        filled += count
      }
    }
  }

  private static func makeFolder(of path: String) throws {
    var at = path.startIndex
    while let slash = path[at...].dropFirst().firstIndex(of: "/") {
      let folder = String(path[..<slash])
      guard mkdir(folder, 0o777) == 0 || errno == EEXIST || errno == EISDIR || isFolder(folder) else {
        throw InputError(cannot: "write", path, errno)
      }
      at = slash
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}

/// A file in the making.
public struct OutputFile {
  fileprivate let descriptor: Int32
  fileprivate let path: String

  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw InputError(cannot: "write", path, count == 0 ? EIO : errno) }
      done += count
    }
  }
}

extension InputError {
  /// What the system says of a file, as an error for whoever named it.
  public init(cannot verb: String, _ path: String, _ code: Int32) {
    let advice =
      switch code {
      case ENOENT: verb == "read" ? "Look at the name and the folder again." : "Make its folder first."
      case EACCES, EPERM, EROFS: "Choose a folder that is yours."
      case ENOSPC, EDQUOT: "Free some space on the disk, or choose another one."
      case EISDIR: "Name a file, not a folder."
      default: "Name another file."
      }
    self.init("Cannot \(verb) \(path): \(String(cString: strerror(code))).", option: "path", advice: advice)
  }
}
