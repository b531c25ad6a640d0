// contrast: the program. Flags, the wiring between the language and Jupyter, and nothing worth a test of its own.

import ArgumentParser
import Base
import Glibc
import Tensors

@main
struct Contrast: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "contrast", abstract: "A Jupyter kernel for contrastive representation learning.",
    version: version,
    subcommands: [RunFile.self, Install.self, Uninstall.self, Doctor.self, Manual.self, Serve.self])

  static let version = Version.current

  /// Runs the program, or reports in one line a CPU that lacks instructions instead of dying by an illegal one.
  static func main() {
    let missing = Processor.missing
    if !missing.isEmpty {
      fail(
        "this computer's CPU lacks \(missing.joined(separator: ", ")), which contrast needs: a CPU from 2013 on has them"
      )
    }
    if let problem = AddressSpace.problem { fail(problem) }
    Bundle.useFonts()
    // What Jupyter starts, without the look at all commands and their flags that finds it among them.
    let arguments = CommandLine.arguments
    if arguments.count == 3, arguments[1] == Serve.name, arguments[2].utf8.first != UInt8(ascii: "-") {
      Serve.serve(arguments[2])
    } else {
      main(nil)
    }
  }
}

/// Writes text at once, unbuffered, so that it stands in order beside what other writers put there.
func put(_ text: String, to file: Int32 = STDOUT_FILENO) {
  var bytes = Array(text.utf8)[...]
  while !bytes.isEmpty {
    let count = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    if count < 0, errno != EINTR { return }
    bytes = bytes.dropFirst(max(0, count))
  }
}

/// Warns in one line on standard error of a number of workers that makes no sense; results do not depend on it.
func warnAboutWorkers() {
  if let problem = Workers.problem { put("contrast: \(problem)\n", to: STDERR_FILENO) }
}

/// Ends the program with one line on standard error.
func fail(_ message: String, code: Int32 = 1) -> Never {
  put("contrast: \(message)\n", to: STDERR_FILENO)
  exit(code)
}
