import Networks
import Tensors

/// A queue of outputs of earlier batches: new rows take the place of the oldest.
final class KeyQueue {
  /// `[count, width]`
  let rows: Tensor
  /// Rows that came so far.
  private let arrived: Tensor

  /// Rows drawn from a normal distribution, of length 1 unless `isRaw`.
  init(count: Int, width: Int, isRaw: Bool = false, random: inout RandomStream) {
    let drawn = Tensor([count, width], drawnFrom: &random) { $0.normal() }
    rows = isRaw ? drawn : normalised(drawn, pass: Pass()).unit
    arrived = Tensor([])
  }

  var count: Int { rows.shape[0] }
  /// Whether none of its rows is left that it began with.
  var isFull: Bool { Int(arrived[0]) >= count }

  /// Takes rows at their length; of more than the queue holds, the last ones.
  func add(_ new: Tensor) {
    guard count > 0 else { return }
    // Counted no further than needed, since a Float ends at 2²⁴.
    var place = Int(arrived[0]) % count
    for row in max(0, new.shape[0] - count)..<new.shape[0] {
      rows.replaceRows(from: place, by: new, row..<row + 1)
      place = (place + 1) % count
    }
    arrived[0] = Float(isFull || Int(arrived[0]) + new.shape[0] >= count ? count + place : place)
  }

  func collect(into state: inout State, name: String) {
    state.add(name, rows)
    state.add(name + "_arrived", arrived, as: .counter)
  }
}
