import Tensors

/// Rank of a view's partner among all other views, by similarity.
public struct PositiveRanks: Sendable, Equatable {
  /// Share of the views whose positive is the most similar of all others: contrastive accuracy.
  public let top1: Double
  /// Share of the views whose positive is among the five most similar.
  public let top5: Double
  /// Mean place of the positive, 1 for the most similar; n by chance.
  public let meanRank: Double
  /// Views that each was compared with: 2n − 1.
  public let candidates: Int
}

/// The rank of each view's positive among the other 2n − 1 views by cosine similarity, as NT-Xent sees them.
///
/// Each of the 2n views asks once. Views as similar as the positive, to within 1e-6, share its place in equal parts, so that
/// a collapsed representation scores as chance does.
/// Shapes: both `[n, width]`, row i of one the positive of row i of the other.
/// Throws `RowsError` for shapes that differ or values that are not finite, and `Interrupted`.
public func positives(_ first: Tensor, _ second: Tensor, run: Run) throws -> PositiveRanks {
  try checkPairs(first, second, for: .positives)
  let (pairs, width) = (first.shape[0], first.shape[1])
  let views = Tensor(uninitialized: [2 * pairs, width])
  try views.pointer.update(from: unitRows(first, run: run).pointer, count: first.count)
  try (views.pointer + first.count).update(from: unitRows(second, run: run).pointer, count: second.count)
  let found = Tensor([2 * pairs, 3])
  // A tile of similarities that stays in the L2 cache.
  let block = 512
  try run.forEachRange(2 * pairs, grain: 128) { range, _ in
    let tile = Tensor(uninitialized: [range.count, block])
    var more = [Int](repeating: 0, count: range.count)
    var same = [Int](repeating: 0, count: range.count)
    for start in stride(from: 0, to: 2 * pairs, by: block) {
      let length = min(block, 2 * pairs - start)
      gemm(
        transposeB: true, m: range.count, n: length, k: width, views.pointer + range.lowerBound * width,
        lda: width, views.pointer + start * width, ldb: width, tile.pointer, ldc: block)
      for (line, i) in range.enumerated() {
        let positive = i < pairs ? i + pairs : i - pairs
        let wanted = Float(dot(views.pointer + i * width, views.pointer + positive * width, width))
        let scores = tile.pointer + line * block
        for other in [i, positive] where start..<start + length ~= other {
          scores[other - start] = -.infinity
        }
        let (above, below) = (wanted + 1e-6, wanted - 1e-6)
        var (higher, near) = (0, 0)
        for j in 0..<length {
          higher &+= scores[j] > above ? 1 : 0
          near &+= scores[j] >= below ? 1 : 0
        }
        more[line] += higher
        same[line] += near - higher
      }
    }
    for (line, i) in range.enumerated() {
      let (higher, ties) = (Float(more[line]), Float(same[line]))
      func share(_ places: Float) -> Float { min(1, max(0, (places - higher) / (ties + 1))) }
      found.pointer[i * 3] = share(1)
      found.pointer[i * 3 + 1] = share(5)
      found.pointer[i * 3 + 2] = 1 + higher + ties / 2
    }
  }
  func mean(_ column: Int) -> Double {
    (0..<2 * pairs).reduce(0.0) { $0 + Double(found.pointer[$1 * 3 + column]) } / Double(2 * pairs)
  }
  return PositiveRanks(top1: mean(0), top5: mean(1), meanRank: mean(2), candidates: 2 * pairs - 1)
}
