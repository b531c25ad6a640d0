import Base

/// Files and folders, only as far as completion, advice and `~` need them.
enum Paths {
  /// The most entries offered at once, and the most looked at.
  private static let largest = 200
  private static let looked = 10_000

  /// The entries of the folder that `text` reaches into which begin with its last part, folders with a final `/`.
  ///
  /// Files that end as one of `endings` come first, then folders; other files only where there is nothing else. The
  /// ending "/" asks for folders alone. Hidden entries come only when asked for by a leading point; the case of letters
  /// counts only where that leaves something.
  static func entries(startingLike text: String, endings: [String] = []) -> [String] {
    if text == "~" { return ["~/"] }
    let (folder, start) = parts(of: text)
    let all = entries(of: folder).filter { start.hasPrefix(".") || !$0.hasPrefix(".") }
    let exact = all.filter { $0.hasPrefix(start) }
    let typed = start.lowercased()
    let found = (exact.isEmpty ? all.filter { $0.lowercased().hasPrefix(typed) } : exact).sorted()
    let folders = found.filter { $0.hasSuffix("/") }
    let files = found.filter { !$0.hasSuffix("/") }
    if endings.isEmpty { return Array(found.prefix(largest)) }
    if endings == ["/"] { return Array(folders.prefix(largest)) }
    let fitting = files.filter { file in endings.contains { file.lowercased().hasSuffix("." + $0) } }
    let offered = fitting + folders
    return Array((offered.isEmpty ? files : offered).prefix(largest))
  }

  /// The path that was probably meant by one that does not exist: its first missing part is replaced by the nearest
  /// name of that folder, if the rest then exists. Nil where nothing is near.
  static func nearest(to path: String) -> String? {
    var known = path.hasPrefix("/") ? "/" : ""
    var rest = path.split(separator: "/").map(String.init)
    while let next = rest.first, exists(known + next) {
      known += next + "/"
      rest.removeFirst()
    }
    guard let missing = rest.first else { return nil }
    let names = entries(of: known.isEmpty ? "." : known).map {
      $0.hasSuffix("/") ? String($0.dropLast()) : $0
    }
    // A name without its ending, and one in other letters of the same word, count as near.
    let same = names.first { $0.lowercased() == missing.lowercased() }
    let longer = names.filter { $0.lowercased().hasPrefix(missing.lowercased() + ".") }.min()
    guard let near = same ?? longer ?? nearestWord(to: missing, among: names.sorted()) else { return nil }
    let meant = ([known + near] + rest.dropFirst()).joined(separator: "/")
    return exists(meant) ? meant : nil
  }

  static func exists(_ path: String) -> Bool { FileStatus(expandedPath(path)) != .missing }

  /// "~/data/pic" → "~/data/" and "pic".
  private static func parts(of text: String) -> (folder: String, start: String) {
    guard let slash = text.lastIndex(of: "/") else { return (".", text) }
    return (String(text[...slash]), String(text[text.index(after: slash)...]))
  }

  /// Entries of a folder, folders with a final `/`; empty where it cannot be read.
  private static func entries(of folder: String) -> [String] {
    ((try? folderEntries(of: expandedPath(folder), most: looked)) ?? []).map {
      $0.name + ($0.isFolder ? "/" : "")
    }
  }
}

extension FilePath {
  /// Throws: `Problem` with the nearest name there is, if nothing has this path.
  public func mustExist(_ noun: String = "file", about parameter: String = "path") throws {
    guard !Paths.exists(path) else { return }
    let near = Paths.nearest(to: path)
    throw Problem(
      "there is no \(noun) \(path)", about: parameter,
      advice: near.map { "Did you mean \"\($0)\"?" }
        ?? "Paths begin at the notebook's folder; Tab shows what is there.",
      kind: .badValue)
  }
}
