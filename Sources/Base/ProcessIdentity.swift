import Glibc

/// A process among all that ran on all machines: numbers of processes are used again, also after a restart.
package struct ProcessIdentity: Sendable, Equatable {
  package let host: String
  /// One from start to start of the machine.
  package let boot: String
  package let number: Int
  /// Ticks from the start of the machine to that of the process.
  package let start: Int

  package init(host: String, boot: String, number: Int, start: Int) {
    (self.host, self.boot, self.number, self.start) = (host, boot, number, start)
  }

  /// This process.
  package static let own = ProcessIdentity(
    host: hostName(), boot: bootID(), number: Int(getpid()), start: startTicks(of: Int(getpid())) ?? 0)

  /// Whether it still runs; nil where that cannot be told, as it runs on another machine.
  package var isRunning: Bool? {
    guard host == ProcessIdentity.hostName() else { return nil }
    return boot == ProcessIdentity.bootID() && start == ProcessIdentity.startTicks(of: number)
  }

  private static func hostName() -> String { SystemFile.lines(of: "/proc/sys/kernel/hostname").first ?? "" }

  private static func bootID() -> String {
    SystemFile.lines(of: "/proc/sys/kernel/random/boot_id").first ?? ""
  }

  /// The 22nd member of `/proc/N/stat`; the second, the program's name, may itself hold spaces and parentheses.
  private static func startTicks(of number: Int) -> Int? {
    guard let line = SystemFile.lines(of: "/proc/\(number)/stat").first,
      let end = line.utf8.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let rest = line.utf8[line.utf8.index(after: end)...].split(separator: UInt8(ascii: " "))
    return rest.count > 19 ? Int(String(decoding: Array(rest[19]), as: UTF8.self)) : nil
  }
}
