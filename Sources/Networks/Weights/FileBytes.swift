import Glibc
import Tensors

/// The bytes of a file, read as a whole: a mapped file that somebody shortens would kill the process.
final class FileBytes: Sendable {
  private nonisolated(unsafe) let address: UnsafeMutableRawPointer
  let count: Int

  private init(address: UnsafeMutableRawPointer, count: Int) {
    // Never written after this: safe to share.
    self.address = address
    self.count = count
  }

  deinit { free(address) }

  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(UnsafeRawBufferPointer(start: address, count: count)) }
  }

  static func read(_ path: String) throws -> FileBytes {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw failure("read", path, errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure("read", path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw InputError("\(path) is no file.", advice: "Name a file that ends in .safetensors.")
    }
    let size = Int(status.st_size)
    guard let address = malloc(max(1, size)) else {
      throw InputError(
        "\(path) has \(size) bytes, more than there is memory.", advice: "Name a smaller file.")
    }
    let bytes = FileBytes(address: address, count: size)
    var done = 0
    while done < size {
      let count = Glibc.read(file, address + done, size - done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure("read", path, count == 0 ? EIO : errno) }
      done += count
    }
    return bytes
  }
}

/// A file in the making.
struct OutputFile {
  fileprivate let descriptor: Int32
  fileprivate let path: String

  func append(_ bytes: UnsafeRawBufferPointer) throws {
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure("write", path, count == 0 ? EIO : errno) }
      done += count
    }
  }
}

/// Writes a file whole or not at all: `fill` writes to a new file in the same folder, which takes the name `path` only
/// once everything has reached the disk.
func writeWhole(to path: String, _ fill: (OutputFile) throws -> Void) throws {
  let cut = path.lastIndex(of: "/")
  let folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  let name = cut.map { String(path[path.index(after: $0)...]) } ?? path
  guard !name.isEmpty, name != ".", name != ".." else { throw failure("write", path, EISDIR) }
  let draft = "\(folder)/.\(UInt64.random(in: 0 ... .max)).part"
  let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
  guard descriptor >= 0 else { throw failure("write", path, errno) }
  var isWhole = false
  defer { if !isWhole { unlink(draft) } }
  do {
    defer { close(descriptor) }
    try fill(OutputFile(descriptor: descriptor, path: path))
    guard fsync(descriptor) == 0 else { throw failure("write", path, errno) }
  }
  guard rename(draft, path) == 0 else { throw failure("write", path, errno) }
  isWhole = true
  let directory = open(folder, O_RDONLY | O_CLOEXEC)
  if directory >= 0 {
    fsync(directory)
    close(directory)
  }
}

/// What the system says of a file, as an error for whoever named it.
private func failure(_ verb: String, _ path: String, _ code: Int32) -> InputError {
  let advice =
    switch code {
    case ENOENT: verb == "read" ? "Look at the name and the folder again." : "Make its folder first."
    case EACCES, EPERM, EROFS: "Choose a folder that is yours."
    case ENOSPC, EDQUOT: "Free some space on the disk, or choose another one."
    case EISDIR: "Name a file, not a folder."
    default: "Name another file."
    }
  return InputError("Cannot \(verb) \(path): \(String(cString: strerror(code))).", advice: advice)
}
