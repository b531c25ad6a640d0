import Base
import Synchronization

/// One pass through layers, kernels or a loss: its seed, its workers, and whether it was cut short.
///
/// Once an interrupt is requested, `forEach` skips the items that are left, so that a network in the middle of a pass
/// comes to its end within milliseconds, with numbers that mean nothing. Layers need no `throws` for that, and no such
/// number gets out: only `Run.pass { … }` makes a pass that can be interrupted, and it throws `Interrupted` in place
/// of the result. A pass that is made with `init` is cut short by nothing.
public final class Pass: Sendable {
  public let seed: UInt64
  public let workers: Workers
  private let interrupt: Interrupt?
  private let isOpen = Atomic(true)

  /// A pass that nothing cuts short.
  public init(seed: UInt64 = 0, workers: Workers = .shared) {
    self.seed = seed
    self.workers = workers
    interrupt = nil
  }

  fileprivate init(of run: Run) {
    seed = run.seed
    workers = run.workers
    interrupt = run.interrupt
  }

  /// Whether an interrupt was requested: the remaining work is then skipped.
  public var isCut: Bool { interrupt?.isRequested ?? false }

  /// Throws `Interrupted` once the pass is cut short: for work between whole passes, which skipping would not end.
  public func check() throws {
    if isCut { throw Interrupted() }
  }

  /// The random stream called `name`, numbered by `indices` (an epoch, an image, a view).
  public func random(_ name: String, _ indices: Int...) -> RandomStream {
    RandomStream(seed: seed, name: name, indices: indices)
  }

  /// Calls `body(item, worker)` for each of `items` on the workers; skips what is left after an interrupt.
  public func forEach(_ items: Int, _ body: (_ item: Int, _ worker: Int) -> Void) {
    precondition(isOpen.load(ordering: .relaxed), "a pass was used after Run.pass had returned")
    guard let interrupt else { return workers.forEach(items, body) }
    workers.forEach(items) { item, worker in
      if !interrupt.isRequested { body(item, worker) }
    }
  }

  /// Calls `body` for ranges that cover `0..<count`, each of `grain` items (the last of fewer); skips what is left
  /// after an interrupt.
  public func forEachRange(_ count: Int, grain: Int, _ body: (_ range: Range<Int>, _ worker: Int) -> Void) {
    let size = max(1, grain)
    forEach((count + size - 1) / size) { item, worker in
      body(item * size..<min(count, (item + 1) * size), worker)
    }
  }

  fileprivate func close() { isOpen.store(false, ordering: .relaxed) }
}

extension Run {
  /// Result of `body` in a pass that an interrupt cuts short. Throws `Interrupted` instead once one was requested, also if
  /// incomplete values made `body` throw another error.
  public func pass<Result>(_ body: (Pass) throws -> Result) throws -> Result {
    try checkInterrupt()
    let pass = Pass(of: self)
    defer { pass.close() }
    let outcome = Swift.Result { try body(pass) }
    try checkInterrupt()
    return try outcome.get()
  }

  /// Calls `body(item, worker)` for each of `items` on the workers.
  /// Throws `Interrupted` if an interrupt came: then some items may have been skipped.
  public func forEach(_ items: Int, _ body: (_ item: Int, _ worker: Int) -> Void) throws {
    try pass { $0.forEach(items, body) }
  }

  /// Calls `body` for ranges that cover `0..<count`, each of `grain` items (the last of fewer).
  /// Throws `Interrupted` if an interrupt came: then some ranges may have been skipped.
  public func forEachRange(
    _ count: Int, grain: Int, _ body: (_ range: Range<Int>, _ worker: Int) -> Void
  ) throws {
    try pass { $0.forEachRange(count, grain: grain, body) }
  }
}
