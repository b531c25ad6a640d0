import Glibc

/// Reason why the system refuses something, such as a file or a thread.
public struct SystemError: Error, Equatable, CustomStringConvertible {
  /// The system's number: ENOENT, EACCES, …
  public let code: Int32
  /// A sentence's end where the system's own words would mislead.
  private let words: String?

  public init(_ code: Int32, _ words: String? = nil) {
    self.code = code
    self.words = words
  }

  /// "Permission denied"
  public var reason: String { words ?? systemError(code) }

  public var description: String { reason }

  /// Throws unless this is a file with a beginning and an end.
  static func check(_ status: stat) throws(SystemError) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: return
    case S_IFDIR: throw SystemError(EISDIR)
    case S_IFIFO: throw SystemError(EINVAL, "It is a pipe, not a file")
    case S_IFSOCK: throw SystemError(EINVAL, "It is a socket, not a file")
    default: throw SystemError(EINVAL, "It is a device, not a file")
    }
  }

  static func tooLarge(_ most: Int) -> SystemError {
    SystemError(EFBIG, "It has more than \(most >> 20) MiB")
  }
}

/// The system's message for its last call that failed, or for an error's number.
public func systemError(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }
