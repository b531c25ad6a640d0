import Tensors

/// A copy of some tensors.
final class WeightCopy {
  private let values: [Tensor]
  private let workers: Workers
  private var copies: [Tensor] = []

  init(of values: [Tensor], workers: Workers) {
    self.values = values
    self.workers = workers
  }

  /// Returns false and keeps nothing if a value is infinite or NaN.
  func keep() -> Bool {
    guard isFinite else { return false }
    if copies.isEmpty { copies = values.map { Tensor(uninitialized: $0.shape) } }
    copy(from: values, to: copies)
    return true
  }

  var isFinite: Bool {
    let flaws = Tensor([max(1, values.count)])
    workers.forEach(values.count) { item, _ in flaws[item] = values[item].isFinite ? 0 : 1 }
    return flaws.elements.allSatisfy { $0 == 0 }
  }

  /// Puts back what was kept, if anything was.
  func restore() {
    if !copies.isEmpty { copy(from: copies, to: values) }
  }

  private func copy(from sources: [Tensor], to targets: [Tensor]) {
    workers.forEach(sources.count) { item, _ in
      targets[item].pointer.update(from: sources[item].pointer, count: sources[item].count)
    }
  }
}
