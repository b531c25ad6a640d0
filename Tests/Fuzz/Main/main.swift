import FuzzTargets
import Glibc

// fuzz TARGET [libFuzzer's options and folders]; fuzz --list; fuzz --dictionary.

private typealias Arguments = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
private typealias Taking = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<Arguments>, _ take: Taking
) -> CInt

// Written before the driver starts, and read by the thread that runs it.
private nonisolated(unsafe) var read: (_ input: [UInt8]) -> Void = { _ in }

private let names = FuzzTarget.all.map(\.name)
switch CommandLine.arguments.dropFirst().first {
case "--list": names.forEach { print($0) }
case "--dictionary": print(FuzzTarget.dictionary, terminator: "")
case let name:
  guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    print("fuzz: give one of \(names.joined(separator: ", "))")
    exit(2)
  }
  read = try target.reader()
  // The target's name is ours; libFuzzer takes the rest.
  var count = CommandLine.argc - 1
  var arguments = CommandLine.unsafeArgv + 1
  arguments[0] = CommandLine.unsafeArgv[0]
  exit(
    runDriver(&count, &arguments) { bytes, count in
      read(Array(UnsafeBufferPointer(start: bytes, count: count)))
      return 0
    })
}
