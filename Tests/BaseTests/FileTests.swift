import Base
import Foundation
import Testing

@Suite("Files that are read, and folders")
struct FileTests {
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("contrast-\(UUID())").path
    try makeFolders("\(folder)/a/b")
  }

  private func path(_ name: String, _ bytes: [UInt8]) throws -> String {
    try replaceFile(at: "\(folder)/\(name)") { file in try bytes.withUnsafeBytes { try file.append($0) } }
    return "\(folder)/\(name)"
  }

  @Test("a file is read whole, whatever its length", arguments: [0, 1, 65_535, 65_536, 65_537, 200_000])
  func whole(length: Int) throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 31) }
    let path = try path("x", bytes)
    let file = try InputFile(path)
    #expect(file.size == length)
    #expect(try file.rest(most: length) == bytes)
    #expect(try WholeFile.read(path) == bytes)
    if length > 0 { #expect(throws: SystemError.self) { try InputFile(path).rest(most: length - 1) } }
  }

  @Test("pieces come in order, and fewer bytes only at the end")
  func pieces() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try InputFile(try path("x", Array(0..<10)))
    var buffer = [UInt8](repeating: 0, count: 6)
    #expect(try buffer.withUnsafeMutableBytes { try file.read(6, into: $0.baseAddress!) } == 6)
    #expect(buffer == [0, 1, 2, 3, 4, 5])
    #expect(try buffer.withUnsafeMutableBytes { try file.read(6, into: $0.baseAddress!) } == 4)
    #expect(try file.rest() == [])
  }

  @Test("what has no size is read as far as it goes, and what is no file only where that is asked for")
  func special() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(try InputFile("/proc/self/status").rest().count > 100)
    #expect(try InputFile("/dev/null", isAny: true).rest() == [])
    #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
    for (name, reason) in [
      ("/dev/null", "It is a device, not a file"), ("\(folder)/pipe", "It is a pipe, not a file"),
      (folder, "Is a directory"), ("\(folder)/none", "No such file or directory"),
    ] {
      let error = #expect(throws: SystemError.self) { try InputFile(name) }
      #expect(error?.reason == reason)
      let whole = #expect(throws: FileError.self) { try WholeFile.read(name) }
      #expect(whole == .unreadable(name, try #require(error)))
    }
  }

  @Test("a folder lists what it holds, links with what they lead to")
  func entries() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try path("file", [1])
    #expect(symlink("a", "\(folder)/link") == 0 && symlink("none", "\(folder)/dead") == 0)
    let found = try folderEntries(of: folder).sorted { $0.name < $1.name }
    #expect(found.map(\.name) == ["a", "dead", "file", "link"])
    #expect(found.map(\.isFolder) == [true, false, false, true])
    #expect(try folderEntries(of: folder, most: 2).count == 2)
    #expect(linkTarget(of: "\(folder)/link") == "a" && linkTarget(of: "\(folder)/file") == nil)
    #expect(FileStatus("\(folder)/file") == .file(bytes: 1) && FileStatus("\(folder)/link") == .folder)
    #expect(FileStatus("\(folder)/dead") == .missing && FileStatus("/dev/null") == .other)
    #expect(throws: SystemError(ENOENT)) { try folderEntries(of: "\(folder)/none") }
  }

  @Test("folders are made with those above them, and paths know what they lie in")
  func folders() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(FileStatus("\(folder)/a/b").isFolder)
    for path in ["\(folder)/c//d/", "\(folder)/c/d", ".", "/", ""] { try makeFolders(path) }
    #expect(FileStatus("\(folder)/c/d").isFolder)
    let file = try path("file", [])
    #expect(throws: SystemError(ENOTDIR)) { try makeFolders("\(file)/e") }
    #expect(parentFolder(of: "/a/b") == "/a" && parentFolder(of: "/a") == "/" && parentFolder(of: "a") == ".")
    #expect(expandedPath("~/x") == (homeFolder() ?? "~") + "/x" && expandedPath("~x") == "~x")
  }

  @Test("a new file can be for its owner alone; one that is replaced keeps its permissions")
  func mode() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = "\(folder)/secret"
    var status = stat()
    for mode in [0o600, 0o640] as [mode_t] {
      try replaceFile(at: path, mode: mode) { _ in }
      #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }
  }
}
