import Foundation
import Testing

import Base

@Suite("Files that are written whole or not at all")
struct WholeFileTests {
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("contrast-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func write(_ text: String, to name: String) throws {
    try replaceFile(at: "\(folder)/\(name)") { file in
      try Array(text.utf8).withUnsafeBytes { try file.append($0) }
    }
  }

  private func text(_ name: String) -> String? {
    try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
  }

  private func status(_ name: String) -> stat? {
    var status = stat()
    return lstat("\(folder)/\(name)", &status) == 0 ? status : nil
  }

  private var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  @Test("a new file has the permissions that the umask leaves, a file that is replaced keeps its own")
  func permissions() throws {
    try write("new", to: "a")
    let mask = umask(0)
    umask(mask)
    #expect(status("a")?.st_mode == S_IFREG | 0o666 & ~mask)
    for mode: mode_t in [0o600, 0o664, 0o640, 0o755] {
      chmod("\(folder)/a", mode)
      try write("\(mode)", to: "a")
      #expect(text("a") == "\(mode)" && status("a")?.st_mode == S_IFREG | mode)
    }
    #expect(names == ["a"])
  }

  /// As a rule only root may give files away.
  private static let mayGiveAway: Bool = {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("given-\(UUID())").path
    defer { unlink(path) }
    return FileManager.default.createFile(atPath: path, contents: nil) && chown(path, 65_534, 65_533) == 0
  }()

  @Test("owner and group stay", .enabled(if: mayGiveAway, "this user may not give files away"))
  func owner() throws {
    try write("old", to: "a")
    #expect(chown("\(folder)/a", 65_534, 65_533) == 0)
    chmod("\(folder)/a", 0o640)
    try write("new", to: "a")
    let now = try #require(status("a"))
    #expect(now.st_uid == 65_534 && now.st_gid == 65_533 && now.st_mode == S_IFREG | 0o640)
  }

  @Test("a link stays a link: what it leads to is replaced, or made")
  func links() throws {
    try FileManager.default.createDirectory(atPath: "\(folder)/real", withIntermediateDirectories: true)
    try write("old", to: "real/t")
    for (link, target) in [
      ("absolute", "\(folder)/real/t"), ("relative", "real/t"), ("second", "relative"),
      ("real/up", "../relative"),
      ("dangling", "real/new"),
    ] {
      #expect(symlink(target, "\(folder)/\(link)") == 0)
      try write(link, to: link)
      #expect(status(link)?.st_mode == S_IFLNK | 0o777)
      #expect(text(link) == link)
      #expect(text(link == "dangling" ? "real/new" : "real/t") == link)
    }
    #expect(names == ["absolute", "dangling", "real", "relative", "second"])
    #expect(symlink("round", "\(folder)/round") == 0)
    #expect(throws: SystemError(ELOOP)) { try write("x", to: "round") }
  }

  @Test("pipes, devices, sockets and folders stay what they are")
  func others() throws {
    #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
    #expect(symlink("/dev/null", "\(folder)/null") == 0)
    try FileManager.default.createDirectory(atPath: "\(folder)/d", withIntermediateDirectories: true)
    for (name, reason) in [
      ("pipe", "a pipe"), ("null", "a device"), ("d", "Is a directory"), ("d/", "Is a directory"),
      ("d/.", "Is a directory"),
    ] {
      let before = status(name)?.st_mode
      let error = #expect(throws: SystemError.self) { try write("x", to: name) }
      #expect(error?.reason.contains(reason) == true, "\(name): \(error?.reason ?? "")")
      #expect(status(name)?.st_mode == before)
    }
    // The ends of a pipe that this program holds, by the names that the system gives them.
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    defer { ends.forEach { close($0) } }
    let error = #expect(throws: SystemError.self) {
      try replaceFile(at: "/proc/self/fd/\(ends[1])") { _ in }
    }
    #expect(error?.reason.contains("a pipe") == true)
    #expect(names == ["d", "null", "pipe"])
  }

  @Test("a file that may not be written, and names that are none, are errors that leave nothing")
  func refused() throws {
    try write("old", to: "a")
    if geteuid() != 0 {
      chmod("\(folder)/a", 0o444)
      #expect(throws: SystemError(EACCES)) { try write("x", to: "a") }
    }
    #expect(throws: SystemError(ENOTDIR)) { try write("x", to: "a/b") }
    #expect(throws: SystemError(ENOENT)) { try write("x", to: "none/b") }
    #expect(throws: SystemError(EINVAL)) { try write("x", to: "a\0b") }
    #expect(throws: SystemError(ENAMETOOLONG)) { try write("x", to: String(repeating: "a", count: 300)) }
    #expect(throws: SystemError(ENOTDIR)) { try makeFolders("\(folder)/a/b") }
    struct Stop: Error {}
    #expect(throws: Stop.self) { try replaceFile(at: "\(folder)/a") { _ in throw Stop() } }
    #expect(throws: Stop.self) { try replaceFile(at: "\(folder)/b") { _ in throw Stop() } }
    #expect(names == ["a"] && text("a") == "old")
  }

  @Test("drafts that have names work as those that have none", arguments: [false, true])
  func drafts(isNamed: Bool) throws {
    for replaces in [false, true] {
      let draft = try Draft(in: folder, isNamed: isNamed)
      try Array("new".utf8).withUnsafeBytes { try OutputFile(descriptor: draft.descriptor).append($0) }
      #expect(names.count == (replaces ? 1 : 0) + (isNamed ? 1 : 0))
      // Somebody writes the same file meanwhile, and passes over a draft that is alive.
      try write("other", to: "a")
      #expect(names.filter(Draft.isName).count == (isNamed ? 1 : 0))
      try draft.take(name: "a", replaces: replaces)
      #expect(text("a") == "new" && names == ["a"])
    }
  }

  @Test("what a killed program left is removed by the next that writes there, and nothing else is")
  func deadDrafts() throws {
    let others = [".contrast-1.part.txt", "a.part", ".1234.part", "contrast-1.part"]
    for name in others + [".contrast-dead.part"] {
      try "x".write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
    }
    try FileManager.default.createDirectory(
      atPath: "\(folder)/.contrast-folder.part", withIntermediateDirectories: true)
    #expect(symlink("a.part", "\(folder)/.contrast-link.part") == 0)
    let living = try Draft(in: folder, isNamed: true)
    let named = try #require(
      names.first {
        Draft.isName($0)
          && ![".contrast-dead.part", ".contrast-folder.part", ".contrast-link.part"].contains($0)
      })
    try write("new", to: "b")
    #expect(names == (others + ["b", named, ".contrast-folder.part", ".contrast-link.part"]).sorted())
    withExtendedLifetime(living) {}
  }
}
