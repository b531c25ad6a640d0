import Glibc

/// Status of a path in the file system; links are followed.
public enum FileStatus: Equatable, Sendable {
  case missing
  case folder
  case file(bytes: Int)
  /// A device, a pipe, a socket: nothing that can be read or written whole.
  case other

  public init(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      self = .missing
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: self = .folder
    case S_IFREG: self = .file(bytes: Int(status.st_size))
    default: self = .other
    }
  }

  public var isFolder: Bool { self == .folder }
  public var bytes: Int? { if case .file(let bytes) = self { bytes } else { nil } }
}

/// Seconds since a file was last written; nil where there is none.
public func fileAge(_ path: String) -> Double? {
  var (status, now) = (stat(), timespec())
  guard stat(path, &status) == 0, clock_gettime(CLOCK_REALTIME, &now) == 0 else { return nil }
  let written = status.st_mtim
  return max(0, Double(now.tv_sec - written.tv_sec) + Double(now.tv_nsec - written.tv_nsec) * 1e-9)
}

/// Target of a link; nil for other files.
public func linkTarget(of path: String) -> String? {
  var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
  let count = buffer.withUnsafeMutableBytes { readlink(path, $0.baseAddress!, $0.count) }
  return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
}

/// A path as people type it: `~` is the home folder.
public func expandedPath(_ path: String) -> String {
  guard path == "~" || path.hasPrefix("~/"), let home = homeFolder() else { return path }
  return home + path.dropFirst()
}

/// The path from the root, for whoever works in another folder.
public func absolutePath(_ path: String) -> String {
  let path = expandedPath(path)
  guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
  defer { free(folder) }
  return String(cString: folder) + "/" + path
}

/// `$HOME`, or what the system has for this user; nil where neither says anything.
public func homeFolder() -> String? {
  if let home = getenv("HOME"), home.pointee != 0 { return String(cString: home) }
  return getpwuid(getuid())?.pointee.pw_dir.map { String(cString: $0) }
}
