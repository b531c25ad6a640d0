import Base
import Glibc

/// Files read and written whole. Errors say only why; the caller knows what the file is to its user.
package enum Files {
  package static func reason(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

  /// The bytes of the file at `path`; more than `limit` of them is an error.
  package static func read(_ path: String, limit: Int = 1 << 30) throws(JupyterError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw JupyterError(reason()) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var status = stat()
    if fstat(descriptor, &status) == 0 { bytes.reserveCapacity(min(limit, Int(status.st_size))) }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw JupyterError(reason()) }
      if count == 0 { return bytes }
      bytes.append(contentsOf: buffer[..<count])
      guard bytes.count <= limit else { throw JupyterError("it is larger than \(limit >> 20) MiB") }
    }
  }

  /// Replaces the file at `path` by `bytes`: whole, or not at all.
  package static func write(_ bytes: [UInt8], to path: String) throws(JupyterError) {
    do {
      try replaceFile(at: path) { file in try bytes.withUnsafeBytes { try file.append($0) } }
    } catch {
      throw JupyterError((error as? DiskError)?.reason ?? "\(error)")
    }
  }

  /// Writes a new file and waits until the disk has it.
  static func create(_ bytes: [UInt8], at path: String, mode: mode_t = 0o644) throws(JupyterError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw JupyterError(reason()) }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        let why = reason()
        close(descriptor)
        throw JupyterError(why)
      }
      written += count
    }
    let failed = fsync(descriptor) != 0 && errno != EINVAL
    let why = reason()
    guard close(descriptor) == 0, !failed else { throw JupyterError(why) }
  }

  package static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Makes the directory and those above it.
  package static func createDirectories(_ path: String) throws(JupyterError) {
    if isDirectory(path) { return }
    if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      try createDirectories(String(path[..<slash]))
    }
    guard mkdir(path, 0o755) == 0 || (errno == EEXIST && isDirectory(path)) else {
      throw JupyterError("\(path): \(reason())")
    }
  }

  /// The names in a directory, sorted; empty when there is no such directory.
  package static func list(_ path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Removes a file, or a directory with all that is in it; links are removed, not followed.
  package static func remove(_ path: String) throws(JupyterError) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw JupyterError("\(path): \(reason())")
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in list(path) { try remove("\(path)/\(name)") }
      guard rmdir(path) == 0 else { throw JupyterError("\(path): \(reason())") }
    } else {
      guard unlink(path) == 0 else { throw JupyterError("\(path): \(reason())") }
    }
  }
}
