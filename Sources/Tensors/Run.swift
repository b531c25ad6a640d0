import Synchronization

/// A request to stop, set from any thread and looked at between small pieces of work.
public final class Interrupt: Sendable {
  /// 0 requested; `never` nothing pending; in between, so many looks are left before it counts as requested.
  private let looks = Atomic(Interrupt.never)
  private static let never = Int.max

  public init() {}

  public var isRequested: Bool {
    let left = looks.load(ordering: .relaxed)
    return left == Interrupt.never ? false : left <= 0 || countDown()
  }

  public func request() { looks.store(0, ordering: .relaxed) }
  public func clear() { looks.store(Interrupt.never, ordering: .relaxed) }

  /// For tests that stop a computation at each of its looks in turn: it finds itself requested at look `count` + 1.
  package func request(afterLooks count: Int) { looks.store(count, ordering: .relaxed) }

  /// For such tests: how many looks are left before it counts as requested; 0 once it does, and where none is pending.
  package var looksLeft: Int {
    let left = looks.load(ordering: .relaxed)
    return left == Interrupt.never ? 0 : max(0, left)
  }

  private func countDown() -> Bool { looks.wrappingSubtract(1, ordering: .relaxed).oldValue <= 0 }
}

/// Thrown where a computation stops because its interrupt was requested.
public struct Interrupted: Error, CustomStringConvertible {
  public init() {}
  public var description: String { "Interrupted" }
}

/// What every module throws for input that cannot be used: what is wrong, and what to do about it.
public struct InputError: Error, Sendable, CustomStringConvertible {
  public let message: String
  public let advice: String?
  /// The option whose value is at fault, where one is.
  public let option: String?

  public init(_ message: String, option: String? = nil, advice: String? = nil) {
    self.message = message
    self.option = option
    self.advice = advice
  }

  public var description: String { advice.map { "\(message)\n\($0)" } ?? message }
}

/// How far a long computation has come.
public struct Progress: Sendable {
  /// What is going on, as a reader sees it: "Training", "Embedding".
  public var title: String
  public var completed: Int
  public var total: Int
  /// What `completed` counts: "images", "steps".
  public var unit: String
  /// Which pass over the data it is, from 1, and of how many.
  public var epoch: (number: Int, count: Int)?
  /// Numbers to show beside the bar, in their order.
  public var readings: [Reading]
  /// The number that a curve is drawn of: that of the latest step alone, where `readings` tell means over several steps.
  public var curve: Reading?
  /// Numbers that were measured just now, beside the work itself, and stay as they are until they are measured again.
  public var measured: [Reading]

  public init(
    _ title: String, completed: Int, total: Int, unit: String, epoch: (number: Int, count: Int)? = nil,
    readings: [Reading] = [], curve: Reading? = nil, measured: [Reading] = []
  ) {
    (self.title, self.completed, self.total, self.unit) = (title, completed, total, unit)
    (self.epoch, self.readings, self.curve, self.measured) = (epoch, readings, curve, measured)
  }
}

/// What a computation carries with it: its seed, its workers, its interrupt and where its progress goes.
///
/// After an interrupt, `forEach`, `forEachRange` and `pass` (Pass.swift) throw `Interrupted` in place of a result.
public final class Run: Sendable {
  public let seed: UInt64
  public let workers: Workers
  public let interrupt: Interrupt
  private let onProgress: @Sendable (Progress) -> Void

  public init(
    seed: UInt64 = 0, workers: Workers = .shared, interrupt: Interrupt = Interrupt(),
    onProgress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) {
    self.seed = seed
    self.workers = workers
    self.interrupt = interrupt
    self.onProgress = onProgress
  }

  /// The same run with another seed.
  public func seeded(_ seed: UInt64) -> Run {
    Run(seed: seed, workers: workers, interrupt: interrupt, onProgress: onProgress)
  }

  /// The stream of random numbers called `name`, numbered by `indices` (an epoch, an image, a view).
  public func random(_ name: String, _ indices: Int...) -> RandomStream {
    var stream = RandomStream(seed: seed, name: name, indices: indices)
    stream.interrupt = interrupt
    return stream
  }

  public func report(_ progress: Progress) { onProgress(progress) }

  public func checkInterrupt() throws {
    if interrupt.isRequested { throw Interrupted() }
  }
}
