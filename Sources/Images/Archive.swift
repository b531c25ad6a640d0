import CImageFiles
import Glibc

/// Reasons why an archive, or one compressed file, cannot be read: its path, and what the library says.
public enum ArchiveError: Error, Equatable {
  case noMemory(String)
  case unopened(String, String?)
  case noArchive(String, String?)
  case cutOff(String, String?)
}

/// Reads the files inside an archive one after another, without unpacking it to disk.
final class ArchiveReader {
  enum Kind {
    /// A tar file, plain or compressed.
    case tar
    /// One file, plain or compressed by gzip.
    case single
    /// A ZIP file, such as NumPy's `.npz`.
    case zip
  }

  private let path: String
  private let handle: OpaquePointer
  private var entry: OpaquePointer?

  init(path: String, kind: Kind) throws {
    guard let handle = archive_read_new() else { throw ArchiveError.noMemory(path) }
    self.path = path
    self.handle = handle
    if kind != .zip { archive_read_support_filter_gzip(handle) }
    switch kind {
    case .tar: archive_read_support_format_tar(handle)
    case .single: archive_read_support_format_raw(handle)
    case .zip: archive_read_support_format_zip(handle)
    }
    guard archive_read_open_filename(handle, path, 1 << 18) == ARCHIVE_OK else {
      throw ArchiveError.unopened(path, reason)
    }
  }

  deinit { archive_read_free(handle) }

  /// Goes to the next file and gives its path in the archive, or nil at the end.
  func next() throws -> String? {
    while true {
      let status = archive_read_next_header(handle, &entry)
      if status == ARCHIVE_EOF { return nil }
      guard status == ARCHIVE_OK || status == ARCHIVE_WARN else { throw ArchiveError.noArchive(path, reason) }
      guard archive_entry_filetype(entry) & S_IFMT == S_IFREG else { continue }
      return archive_entry_pathname(entry).map { String(cString: $0) } ?? ""
    }
  }

  /// Reads up to `count` bytes of the current file; fewer only at its end.
  func read(_ count: Int, into buffer: UnsafeMutableRawPointer) throws -> Int {
    var filled = 0
    while filled < count {
      let got = archive_read_data(handle, buffer + filled, count - filled)
      if got == 0 { break }
      guard got > 0 else { throw ArchiveError.cutOff(path, reason) }
      filled += got
    }
    return filled
  }

  /// All bytes of the current file that are left. Throws where there are more than `most`.
  func rest(most: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let got = try block.withUnsafeMutableBytes { try read($0.count, into: $0.baseAddress!) }
      bytes += block[..<got]
      guard bytes.count <= most else {
        throw ArchiveError.cutOff(path, "a file in it is larger than expected")
      }
      if got < block.count { return bytes }
    }
  }

  /// Bytes of the archive, as it lies on disk, that were read so far.
  var position: Int { Int(archive_filter_bytes(handle, -1)) }

  private var reason: String? { archive_error_string(handle).map { String(cString: $0) } }
}
