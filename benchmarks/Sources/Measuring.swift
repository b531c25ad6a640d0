import FoundationEssentials
import Glibc

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  let start = clock.now
  try body()
  return (clock.now - start) / .seconds(1)
}

/// The least of the seconds that `body` takes: of 3 times, and of as many more as fit into `budget` seconds. A first time,
/// which takes memory from the system, does not count.
func bestSeconds(budget: Double = 0.25, _ body: () -> Void) -> Double {
  body()
  var (best, spent, times) = (Double.infinity, 0.0, 0)
  while times < 3 || spent < budget {
    let time = seconds(body)
    best = min(best, time)
    spent += time
    times += 1
  }
  return best
}

/// The most memory that this process has had so far, in MiB.
var peakMemory: Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss / 1024
}

extension Double {
  /// To four significant figures, which is more than a measurement repeats.
  var short: Double {
    guard isFinite, self != 0 else { return self }
    let unit = pow(10, floor(log10(abs(self))) - 3)
    // Division by a whole power keeps 0.1234 from becoming 0.12340000000000001.
    return unit >= 1 ? (self / unit).rounded() * unit : (self / unit).rounded() / (1 / unit).rounded()
  }
}

/// Prints `value` as one line of JSON, at once.
func printLine(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
  fflush(nil)
}
