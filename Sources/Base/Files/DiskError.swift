import Glibc

/// Why a file cannot be read or written.
public struct DiskError: Error, Equatable {
  /// The system's number: ENOENT, EACCES, …
  public let code: Int32
  /// A sentence's end where the system's own words would mislead.
  private let words: String?

  public init(_ code: Int32, _ words: String? = nil) {
    self.code = code
    self.words = words
  }

  /// "Permission denied"
  public var reason: String { words ?? String(cString: strerror(code)) }
}
