import Base

/// Context of a computation: its seed, its workers, its interrupt and the receiver of its progress.
///
/// After an interrupt, `forEach`, `forEachRange` and `pass` (Pass.swift) throw `Interrupted` in place of a result.
public final class Run: Sendable {
  public let seed: UInt64
  public let workers: Workers
  public let interrupt: Interrupt
  /// The processes that take part; nil where this one computes alone.
  public let team: (any Team)?
  private let onProgress: @Sendable (Progress) -> Void

  public init(
    seed: UInt64 = 0, workers: Workers = .shared, interrupt: Interrupt = Interrupt(), team: (any Team)? = nil,
    onProgress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) {
    self.seed = seed
    self.workers = workers
    self.interrupt = interrupt
    self.team = team
    self.onProgress = onProgress
  }

  /// This run with another seed.
  public func seeded(_ seed: UInt64) -> Run {
    Run(seed: seed, workers: workers, interrupt: interrupt, team: team, onProgress: onProgress)
  }

  /// The random stream called `name`, numbered by `indices` (an epoch, an image, a view).
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
