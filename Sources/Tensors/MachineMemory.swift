import Base
import Glibc

/// Memory that a computation would take, and what of it there is.
public struct MemoryShortage: Error, Equatable {
  /// Bytes.
  public let needed: Int
  public let available: Int

  /// Bytes that advice may count on: an eighth less than are free, since what is free moves from one command to the next, and what is
  /// advised must work when it is typed.
  public var counted: Int { available - available / 8 }

  public init(needed: Int, available: Int) {
    self.needed = needed
    self.available = available
  }

  /// The number of `count` equal parts of the need that would fit; nil where none does.
  public func fitting(of count: Int) -> Int? {
    let most = Int(Double(count) * Double(counted) / Double(needed))
    return most > 0 ? most : nil
  }
}

/// The memory that a computation may still take.
public enum MachineMemory {
  /// Free memory assumed within `$assumed.withValue`, for tests.
  @TaskLocal package static var assumed: Int?

  /// Bytes that the machine can give without swapping, or fewer where the process or a group it belongs to has a limit; buffers
  /// that lie idle count. Nil where the system does not say.
  public static var available: Int? {
    if let assumed { return assumed }
    guard let kilobytes = SystemFile.number("MemAvailable", in: "/proc/meminfo") else { return nil }
    let buffers = BufferCache.room
    let machine = min(kilobytes * 1024, room(of: ControlGroups()) ?? .max) + buffers.idle
    let process = min(
      AddressSpace.addresses.map { $0 + buffers.reserved } ?? .max,
      AddressSpace.data.map { $0 + buffers.opened } ?? .max)
    return max(0, min(machine, process == .max ? .max : process - AddressSpace.spare))
  }

  /// Throws what `error` makes of the shortage unless `bytes` are free.
  public static func ask<E: Error>(for bytes: Int, otherwise error: (MemoryShortage) -> E) throws(E) {
    // So little is left to whoever does not ask, too; and looking takes longer than making a small network.
    guard bytes > (assumed == nil ? AddressSpace.spare / 8 : 0), let available, bytes > available else {
      return
    }
    throw error(MemoryShortage(needed: bytes, available: available))
  }

  /// The largest number of `range` for which no more than `available` bytes are needed, where more need more; nil where none is.
  public static func largest(
    _ range: ClosedRange<Int>, within available: Int, needing bytes: (Int) -> Int
  ) -> Int? {
    guard bytes(range.lowerBound) <= available else { return nil }
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = high - (high - low) / 2
      if bytes(middle) <= available { low = middle } else { high = middle - 1 }
    }
    return low
  }

  /// Memory that the control groups leave; the file cache does not count, since it is given back on demand. Nil if none has a limit.
  package static func room(of groups: ControlGroups) -> Int? {
    var least: Int?
    func consider(_ folder: String, limits: [Int?], used: Int?) {
      guard let limit = limits.compactMap({ $0 }).min(), let used else { return }
      let cache = ["inactive_file", "active_file"].reduce(0) {
        $0 + (SystemFile.number($1, in: "\(folder)/memory.stat") ?? 0)
      }
      least = min(least ?? .max, max(0, limit - max(0, used - cache)))
    }
    for folder in groups.unified {
      consider(
        folder, limits: ["memory.max", "memory.high"].map { SystemFile.number(in: "\(folder)/\($0)") },
        used: SystemFile.number(in: "\(folder)/memory.current"))
    }
    for folder in groups.memory {
      // The hierarchical limit is that of the groups above, also where they are out of sight.
      consider(
        folder,
        limits: [
          SystemFile.number(in: "\(folder)/memory.limit_in_bytes"),
          SystemFile.number("hierarchical_memory_limit", in: "\(folder)/memory.stat"),
        ], used: SystemFile.number(in: "\(folder)/memory.usage_in_bytes"))
    }
    return least
  }
}
