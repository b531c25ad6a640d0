import Base
import Glibc

/// The processor cores that the process may use.
public enum Cores {
  /// The cores that the process is bound to (`taskset`, a batch system), or fewer if its control group has a share of processor
  /// time (a container's `--cpus`), rounded up.
  public static var usable: Int {
    max(1, min(bound, quota(of: ControlGroups()).map { Int($0.rounded(.up)) } ?? .max))
  }

  /// "Cpus_allowed:	ff,ffffffff" has a bit for each, also for some that the machine could have and has not.
  private static var bound: Int {
    let machine = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let line = SystemFile.lines(of: "/proc/self/status").first { $0.hasPrefix("Cpus_allowed:") }
    let count = line?.dropFirst("Cpus_allowed:".count).reduce(0) {
      $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0)
    }
    return min(machine, count ?? machine)
  }

  /// Cores' worth of time that the groups leave; nil where none has a limit.
  package static func quota(of groups: ControlGroups) -> Double? {
    var shares = groups.unified.compactMap { folder -> Double? in
      // "150000 100000", or "max 100000".
      let words = SystemFile.lines(of: "\(folder)/cpu.max").first?.split(separator: " ") ?? []
      return words.count == 2 ? share(Int(words[0]), of: Int(words[1])) : nil
    }
    shares += groups.cpu.compactMap { folder in
      share(
        SystemFile.number(in: "\(folder)/cpu.cfs_quota_us"),
        of: SystemFile.number(in: "\(folder)/cpu.cfs_period_us"))
    }
    return shares.min()
  }

  private static func share(_ time: Int?, of period: Int?) -> Double? {
    guard let time, let period, time > 0, period > 0 else { return nil }
    return Double(time) / Double(period)
  }
}
