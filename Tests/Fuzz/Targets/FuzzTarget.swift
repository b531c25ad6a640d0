import Glibc

/// What is fuzzed: one reader each, which any bytes must lead to a value or to an error of its own.
///
/// `scripts/fuzz` drives them by libFuzzer; `FuzzTests` runs each over its corpus, so that what was found once stays mended.
package struct FuzzTarget: Sendable {
  package let name: String
  /// Whether inputs are code, for which a dictionary helps.
  package let takesCode: Bool
  /// Makes what takes an input; whatever it needs for all of them is made here.
  private let make: @Sendable () throws -> (_ input: [UInt8]) throws -> Void

  init(
    _ name: String, takesCode: Bool = false,
    make: @escaping @Sendable () throws -> (_ input: [UInt8]) throws -> Void
  ) {
    (self.name, self.takesCode, self.make) = (name, takesCode, make)
  }

  package static let all = jupyter + files + language

  /// The function that takes inputs. An input that is refused by an error is as good as one that is read.
  package func reader() throws -> (_ input: [UInt8]) -> Void {
    let take = try make()
    return { input in try? take(input) }
  }
}

/// A file that is written anew for each input; in memory where the system has such a folder.
final class InputFile {
  let path: String
  private let folder: String

  init(named name: String) throws {
    let place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var template = Array("\(place)/contrast-fuzz-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw FileError() }
    folder = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    path = "\(folder)/\(name)"
  }

  deinit {
    unlink(path)
    rmdir(folder)
  }

  /// The path of a file that holds these bytes and nothing else.
  func holding(_ bytes: some Collection<UInt8>) throws -> String {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw FileError() }
    defer { close(file) }
    let bytes = Array(bytes)
    guard write(file, bytes, bytes.count) == bytes.count else { throw FileError() }
    return path
  }

  struct FileError: Error {}
}
