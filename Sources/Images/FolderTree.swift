import Base
import Glibc
import Tensors

/// A folder and all that is in it, as it is listed: names alone, no file was opened.
struct FolderTree {
  let path: String
  /// Subfolders in natural order, without hidden ones and those of programs.
  private(set) var folders: [FolderTree] = []
  /// Files in the order of their names' bytes.
  private(set) var files: [String] = []

  var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// Whether it contains any file, at any depth.
  var holdsFiles: Bool { !files.isEmpty || folders.contains(where: \.holdsFiles) }

  /// The folders that hold anything.
  var filled: [FolderTree] { folders.filter(\.holdsFiles) }

  /// The paths of all files, at whatever depth.
  var allFiles: [String] { files.map { path + "/" + $0 } + folders.flatMap(\.allFiles) }

  /// Lists a folder; throws where it cannot be read. Of the folders in it, those that cannot are left out.
  init(path: String, leftOut: inout LeftOut, run: Run) throws {
    var leading: [Identity] = []
    do {
      self = try FolderTree.list(path, &leading, &leftOut, run)
    } catch let error as SystemError {
      throw ImageFolderError.unreadable(path, error)
    }
  }

  private init(path: String) { self.path = path }

  private struct Identity: Equatable {
    let device: UInt
    let inode: UInt
  }

  /// `leading` are the folders on the way here, by which links in circles are told. Throws `SystemError` where it cannot be read.
  private static func list(
    _ path: String, _ leading: inout [Identity], _ leftOut: inout LeftOut, _ run: Run
  ) throws -> FolderTree {
    try run.checkInterrupt()
    var tree = FolderTree(path: path)
    var inner: [String] = []
    var status = stat()
    guard stat(path, &status) == 0 else { throw SystemError(errno) }
    let own = Identity(device: UInt(status.st_dev), inode: UInt(status.st_ino))
    guard !leading.contains(own) else {
      leftOut.add(path, .circle)
      return tree
    }
    for entry in try folderEntries(of: path) {
      let name = entry.name
      switch FileStatus(entry.path) {
      case .folder:
        if isOfPrograms(name) { leftOut.add(name, .system) } else { inner.append(name) }
      case .file: if !isOfPrograms(name) { tree.files.append(name) }
      case .missing: if !isOfPrograms(name) { leftOut.add(name, deadLink(entry.path)) }
      case .other: leftOut.add(name, .noPicture)
      }
    }
    leading.append(own)
    defer { leading.removeLast() }
    for name in inner.sorted(by: naturally) {
      do {
        tree.folders.append(try list(path + "/" + name, &leading, &leftOut, run))
      } catch is SystemError {
        leftOut.add(name, .closed)
      }
    }
    tree.files.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return tree
  }

  /// Files that file managers, archives, notebooks and version control leave behind. They are skipped silently.
  private static func isOfPrograms(_ name: String) -> Bool {
    name.hasPrefix(".") || namesOfPrograms.contains(name)
  }

  private static let namesOfPrograms: Set<String> = [
    "@eaDir", "@tmp", "@Recycle", "@Recently-Snapshot", "@__thumb", "#recycle", "$RECYCLE.BIN",
    "System Volume Information", "lost+found", "__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini",
  ]

  private static func deadLink(_ path: String) -> LeftOut.Reason {
    let text = linkTarget(of: path) ?? ""
    if text.contains(".git/annex/") { return .annexed }
    return text.contains(".dvc/") ? .cached : .deadLink
  }
}

/// Whether a name comes before another in natural order: "class 2" before "class 10". Numbers compare by value, everything else
/// by its bytes.
func naturally(_ a: String, _ b: String) -> Bool {
  func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
  let (first, second) = (Array(a.utf8), Array(b.utf8))
  var (i, j) = (0, 0)
  while i < first.count, j < second.count {
    guard isDigit(first[i]), isDigit(second[j]) else {
      if first[i] != second[j] { return first[i] < second[j] }
      i += 1
      j += 1
      continue
    }
    // Digits without leading zeros: the longer number is the larger.
    let left = first[i...].prefix(while: isDigit).drop { $0 == 48 }
    let right = second[j...].prefix(while: isDigit).drop { $0 == 48 }
    if left.count != right.count { return left.count < right.count }
    if !left.elementsEqual(right) { return left.lexicographicallyPrecedes(right) }
    (i, j) = (left.endIndex, right.endIndex)
  }
  if i < first.count || j < second.count { return j < second.count }
  return first.lexicographicallyPrecedes(second)
}
