import Base
import Glibc

/// Processor and memory use of the kernel and the computer, for `usage_request`, read from `/proc`.
struct Usage {
  private struct Sample {
    /// Busy clock ticks of the process, and busy and total ticks of all processors.
    var process = 0
    var busy = 0
    var total = 0
  }

  private var last = Sample()

  /// The content of a `usage_reply`. Processor shares are percentages since the previous call: of one processor for the
  /// kernel, of all processors for the host.
  mutating func measure() -> [String: JSON] {
    let now = Usage.sample()
    let elapsed = max(1, now.total - last.total)
    let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let kernelShare = Double((now.process - last.process) * processors) / Double(elapsed) * 100
    let hostShare = Double(now.busy - last.busy) / Double(elapsed) * 100
    last = now
    return [
      "hostname": .string(Usage.hostname()), "pid": .int(Int(getpid())),
      "kernel_cpu": .double(max(0, kernelShare)), "kernel_memory": .int(Usage.residentBytes()),
      "cpu_count": .int(processors), "host_cpu_percent": .double(min(100, max(0, hostShare))),
      "host_virtual_memory": Usage.memory(),
    ]
  }

  private static func sample() -> Sample {
    var sample = Sample()
    // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in the first two already.
    let ticks = (SystemFile.lines(of: "/proc/stat").first ?? "").split(separator: " ").dropFirst().prefix(8)
      .compactMap {
        Int($0)
      }
    if ticks.count == 8 {
      sample.total = ticks.reduce(0, +)
      sample.busy = sample.total - ticks[3] - ticks[4]
    }
    // The name of the program, in parentheses, may hold blanks; user and system ticks are fields 14 and 15.
    let fields =
      (SystemFile.lines(of: "/proc/self/stat").first ?? "").split(separator: ")").last?.split(separator: " ")
      ?? []
    if fields.count > 12 { sample.process = (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) }
    return sample
  }

  private static func residentBytes() -> Int {
    let fields = (SystemFile.lines(of: "/proc/self/statm").first ?? "").split(separator: " ")
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
  }

  private static func memory() -> JSON {
    func bytes(_ name: String) -> Int { (SystemFile.number(name, in: "/proc/meminfo") ?? 0) * 1024 }
    let (total, available, free) = (bytes("MemTotal"), bytes("MemAvailable"), bytes("MemFree"))
    let percent = total > 0 ? Double(total - available) / Double(total) * 100 : 0
    return [
      "total": .int(total), "available": .int(available), "free": .int(free), "used": .int(total - available),
      "percent": .double(percent),
    ]
  }

  private static func hostname() -> String {
    var bytes = [CChar](repeating: 0, count: 256)
    gethostname(&bytes, bytes.count - 1)
    return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
