import Base
import Glibc

/// A seeded stream of random numbers: xoshiro256++ (Blackman and Vigna, 2019), started by SplitMix64.
///
/// Each consumer draws from a stream of its own, named by what it is for (`Run.random`), so that a new consumer
/// shifts no other and the order of workers changes nothing.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private var s0, s1, s2, s3: UInt64
  private var spare: Float?
  /// Interrupt of the run that made the stream; draws of many values look at it (`Tensor.draw`).
  package var interrupt: Interrupt?

  public init(seed: UInt64) {
    var state = seed
    s0 = RandomStream.splitMix(&state)
    s1 = RandomStream.splitMix(&state)
    s2 = RandomStream.splitMix(&state)
    s3 = RandomStream.splitMix(&state)
  }

  /// The stream called `name` and numbered by `indices` under one seed.
  public init(seed: UInt64, name: String, indices: [Int]) {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var state = seed ^ hash
    for index in indices {
      state = RandomStream.splitMix(&state) ^ UInt64(bitPattern: Int64(index))
    }
    self.init(seed: RandomStream.splitMix(&state))
  }

  private static func splitMix(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  public mutating func next() -> UInt64 {
    let sum = s0 &+ s3
    let result = (sum << 23 | sum >> 41) &+ s0
    let t = s1 << 17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = s3 << 45 | s3 >> 19
    return result
  }

  /// Uniform in `[0, 1)`, 24 bits.
  public mutating func uniform() -> Float {
    Float(next() >> 40) * 0x1p-24
  }

  /// Uniform in `[low, high)`.
  public mutating func uniform(_ low: Float, _ high: Float) -> Float {
    low + (high - low) * uniform()
  }

  package func checkInterrupt() throws {
    if interrupt?.isRequested == true { throw Interrupted() }
  }

  /// True with probability `chance`.
  public mutating func happens(_ chance: Float) -> Bool {
    uniform() < chance
  }

  /// Uniform in `0..<bound`.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0)
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Normal with mean 0 and variance 1 (Box and Muller, 1958).
  public mutating func normal() -> Float {
    if let value = spare {
      spare = nil
      return value
    }
    let radius = (-2 * log(1 - uniform())).squareRoot()
    let angle = 2 * Float.pi * uniform()
    spare = radius * sin(angle)
    return radius * cos(angle)
  }

  /// `0..<count` in random order (Fisher and Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, integer(below: last + 1)) }
    return order
  }
}
