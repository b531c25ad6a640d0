import Glibc

/// The memory that a computation may still take.
public enum MachineMemory {
  /// Bytes that the machine can give without swapping, or fewer where a limit is set for this process's group; buffers that
  /// lie idle count. Nil where the system does not say.
  public static var available: Int? {
    guard let machine = kilobytes("MemAvailable", in: "/proc/meminfo") else { return nil }
    let idle = BufferCache.usage.free
    guard let group = Group.v2 ?? Group.v1 else { return machine + idle }
    return min(machine, max(0, group.limit - group.used)) + idle
  }

  /// What the process's control group may use and uses, without the file cache, which is given back when it is needed.
  private struct Group {
    let limit: Int
    let used: Int

    static var v2: Group? { Group("/sys/fs/cgroup", "memory.max", "memory.current") }
    static var v1: Group? {
      Group("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
    }

    private init?(_ folder: String, _ limit: String, _ used: String) {
      guard let limit = number(in: "\(folder)/\(limit)"), let used = number(in: "\(folder)/\(used)") else {
        return nil
      }
      self.limit = limit
      let cache = ["inactive_file", "active_file"].reduce(0) {
        $0 + (kilobytes($1, in: "\(folder)/memory.stat", unit: 1) ?? 0)
      }
      self.used = max(0, used - cache)
    }
  }

  private static func number(in path: String) -> Int? {
    text(of: path).flatMap { Int($0.split(separator: "\n").first ?? "") }
  }

  private static func kilobytes(_ name: String, in path: String, unit: Int = 1024) -> Int? {
    for line in text(of: path)?.split(separator: "\n") ?? [] where line.hasPrefix(name) {
      let words = line.split(whereSeparator: { $0 == " " || $0 == ":" })
      if words.count > 1, let value = Int(words[1]) { return value * unit }
    }
    return nil
  }

  private static func text(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let count = read(descriptor, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}
