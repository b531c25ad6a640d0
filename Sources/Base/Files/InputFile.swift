import Glibc

/// An open file to read from.
public final class InputFile {
  private let descriptor: Int32
  /// Bytes of a regular file, as it was opened; 0 for pipes and for what the system makes up as it is read.
  public let size: Int

  /// Throws `SystemError` where it cannot be opened.
  /// - Parameter isAny: also a pipe or a device, which may be read for ever.
  public init(_ path: String, isAny: Bool = false) throws(SystemError) {
    // To open a pipe waits for whoever writes to it.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | (isAny ? 0 : O_NONBLOCK))
    guard descriptor >= 0 else { throw SystemError(errno) }
    var status = stat()
    size = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
    if !isAny { try SystemError.check(status) }
  }

  deinit { close(descriptor) }

  /// Reads up to `count` bytes; fewer only at the end.
  public func read(_ count: Int, into buffer: UnsafeMutableRawPointer) throws(SystemError) -> Int {
    var done = 0
    while done < count {
      let got = Glibc.read(descriptor, buffer + done, count - done)
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw SystemError(errno) }
      if got == 0 { break }
      done += got
    }
    return done
  }

  /// All that is left. Throws `SystemError` where that is more than `most` bytes.
  public func rest(most: Int = .max) throws(SystemError) -> [UInt8] {
    guard size <= most else { throw SystemError.tooLarge(most) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    let part = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { part.deallocate() }
    while true {
      let count = try read(part.count, into: part.baseAddress!)
      bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: part[..<count]))
      guard bytes.count <= most else { throw SystemError.tooLarge(most) }
      if count < part.count { return bytes }
    }
  }
}
