import Glibc

/// Entry of a folder.
public struct FolderEntry {
  public let name: String
  public let path: String
  /// Kind of the entry as the list itself has it, if the file system keeps it there.
  fileprivate let kind: Int

  /// Whether it is a folder, or a link to one. Only links need a second look at what they lead to.
  public var isFolder: Bool {
    kind == Int(DT_DIR) || ((kind == Int(DT_LNK) || kind == Int(DT_UNKNOWN)) && FileStatus(path).isFolder)
  }
}

/// All that a folder holds but itself and the one above, in no order; `most` entries where there are more. Throws `SystemError`.
public func folderEntries(of folder: String, most: Int = .max) throws(SystemError) -> [FolderEntry] {
  guard let stream = opendir(folder) else { throw SystemError(errno) }
  defer { closedir(stream) }
  var entries: [FolderEntry] = []
  while entries.count < most, let entry = readdir(stream) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
      pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    guard name != ".", name != ".." else { continue }
    entries.append(FolderEntry(name: name, path: "\(folder)/\(name)", kind: Int(entry.pointee.d_type)))
  }
  return entries
}

/// Makes a folder and those above it, where they do not exist yet. Throws `SystemError`.
public func makeFolders(_ path: String) throws(SystemError) {
  var at = path.startIndex
  while at < path.endIndex, !FileStatus(path).isFolder {
    at = path[at...].dropFirst().firstIndex(of: "/") ?? path.endIndex
    let folder = String(path[..<at])
    if mkdir(folder, 0o777) == 0 {
      flushFolder(parentFolder(of: folder))
    } else {
      let code = errno
      guard FileStatus(folder).isFolder else { throw SystemError(code == EEXIST ? ENOTDIR : code) }
    }
  }
}

/// Waits until the disk has the names in a folder, as far as the file system can be told to.
func flushFolder(_ path: String) {
  let directory = open(path, O_RDONLY | O_CLOEXEC)
  guard directory >= 0 else { return }
  fsync(directory)
  close(directory)
}

/// The folder that a path lies in: "." for a name alone, and "/" for what lies in it.
public func parentFolder(of path: String) -> String {
  path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
}
