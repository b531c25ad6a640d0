import Glibc

/// Times, dates and unique identifiers.
package enum Clock {
  /// Microseconds since 1970.
  package static func microseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int(time.tv_sec) * 1_000_000 + Int(time.tv_nsec) / 1000
  }

  /// Milliseconds on the monotonic clock.
  package static func monotonicMilliseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
  }

  /// Sleeps for `milliseconds`, or not at all if they are 0 or less.
  package static func sleep(milliseconds: Int) {
    if milliseconds > 0 { usleep(useconds_t(milliseconds * 1000)) }
  }

  /// A time, by default now, in ISO 8601 and UTC: `2024-02-29T23:59:59.000001Z`.
  package static func iso8601(_ microseconds: Int = microseconds()) -> String {
    var seconds = time_t(microseconds / 1_000_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ value: Int, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    let date =
      "\(Int(parts.tm_year) + 1900)-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))"
    let time =
      "\(padded(Int(parts.tm_hour), 2)):\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2))"
    return "\(date)T\(time).\(padded(microseconds % 1_000_000, 6))Z"
  }

  /// Seconds since 1970 of a time that `iso8601` wrote; nil where a text is none.
  package static func seconds(iso8601 text: String) -> Double? {
    let numbers = text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int32($0) }
    guard numbers.count == 7 else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
    return Double(timegm(&parts)) + Double(numbers[6]) / 1e6
  }

  /// A random UUID (version 4).
  package static func uuid() -> String {
    var generator = SystemRandomNumberGenerator()
    var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    let text = hexadecimal(bytes)
    var pieces: [Substring] = []
    var rest = text[...]
    for length in [8, 4, 4, 4, 12] {
      pieces.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    return pieces.joined(separator: "-")
  }
}
