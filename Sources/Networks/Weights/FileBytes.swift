import Base
import Glibc

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
    guard file >= 0 else { throw InputError(cannot: "read", path, DiskError(errno)) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw InputError(cannot: "read", path, DiskError(errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw InputError("\(path) is no file.", advice: "Name a file that ends in .safetensors.")
    }
    let size = Int(status.st_size)
    guard let address = malloc(max(1, size)) else {
      throw InputError(
        "\(path) has \(counted(size, "byte")), more than there is memory.", advice: "Name a smaller file.")
    }
    let bytes = FileBytes(address: address, count: size)
    var done = 0
    while done < size {
      let count = Glibc.read(file, address + done, size - done)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw InputError(cannot: "read", path, DiskError(count == 0 ? EIO : errno)) }
      done += count
    }
    return bytes
  }
}
