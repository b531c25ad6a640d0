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
    do {
      let file = try InputFile(path)
      guard let address = malloc(max(1, file.size)) else {
        throw WeightFileError.large(path, bytes: file.size)
      }
      let bytes = FileBytes(address: address, count: file.size)
      // Shortened since it was opened.
      guard try file.read(file.size, into: address) == file.size else { throw SystemError(EIO) }
      return bytes
    } catch let error as SystemError {
      throw WeightFileError.unreadable(path, error)
    }
  }
}
