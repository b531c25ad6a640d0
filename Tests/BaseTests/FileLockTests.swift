import Base
import Foundation
import Testing

@Suite("Locks on the names of files")
struct FileLockTests {
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("lock-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  @Test("one has it at a time, whatever becomes of the file meanwhile, and nothing is left of it")
  func one() throws {
    let path = "\(folder)/new/a.safetensors"
    do {
      let first = try FileLock(path)
      try withExtendedLifetime(first) {
        try WholeFile.write([1], to: path)
        try WholeFile.write([2], to: path)
        let error = #expect(throws: FileTaken.self) { try FileLock(path) }
        #expect(error?.path == path && error?.isOwn == true)
        // Another name in the same folder is another lock.
        _ = try FileLock("\(folder)/new/b")
      }
    }
    _ = try FileLock(path)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/new") == ["a.safetensors"])
  }

  @Test("links lead to the same lock")
  func links() throws {
    try WholeFile.write([1], to: "\(folder)/a")
    try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "a")
    let lock = try FileLock("\(folder)/link")
    _ = withExtendedLifetime(lock) {
      #expect(throws: FileTaken.self) { try FileLock("\(folder)/a") }
    }
  }

  @Test("a lock that a killed program left is taken over")
  func left() throws {
    try Data("1\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/.a.lock"))
    _ = try FileLock("\(folder)/a")
    #expect(names == [])
  }

  @Test("a place where nothing can be written is one error", arguments: ["", "/", "/.", "/x/y"])
  func unwritable(place: String) throws {
    try Data().write(to: URL(fileURLWithPath: "\(folder)/x"))
    let path = folder + place
    let error = #expect(throws: FileError.self) { try FileLock(path) }
    guard case .unwritable(path, _)? = error else {
      Issue.record("\(error as Any)")
      return
    }
    #expect(names == ["x"])
  }
}
