import Glibc

/// Files and folders, only as far as completion and `~` need them.
enum Paths {
  /// `~/data` → `/home/ann/data`.
  static func expanded(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"), let home = getenv("HOME") else { return path }
    return String(cString: home) + path.dropFirst()
  }

  /// The most entries offered at once.
  private static let largest = 200

  /// The entries of the folder that `text` reaches into which begin with its last part, folders with a final `/`.
  /// Hidden ones come only when asked for by a leading point.
  static func entries(startingLike text: String) -> [String] {
    let slash = text.lastIndex(of: "/")
    let folder = slash.map { String(text[...$0]) } ?? "."
    let start = slash.map { String(text[text.index(after: $0)...]) } ?? text
    guard let stream = opendir(expanded(folder)) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name != ".", name != "..", name.hasPrefix(start), start.hasPrefix(".") || !name.hasPrefix(".")
      else {
        continue
      }
      names.append(name + (isFolder(expanded(folder) + "/" + name) ? "/" : ""))
      if names.count == largest * 10 { break }
    }
    return Array(names.sorted().prefix(largest))
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
