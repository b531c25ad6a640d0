/// Moves things along a line so that none covers another.
package enum Spreading {
  /// `places` in their order, at least `gap` apart, each as near as can be to where it was, inside `from…to`
  /// if they fit there.
  package static func apart(_ places: [Double], by gap: Double, from: Double, to: Double) -> [Double] {
    apart(places, gaps: Array(repeating: gap, count: max(0, places.count - 1)), from: from, to: to)
  }

  /// Like the above with an individual gap after each place: the least squares solution, by pooling neighbours that
  /// touch.
  package static func apart(
    _ places: [Double], gaps: [Double], from: Double = -.infinity, to: Double = .infinity
  ) -> [Double] {
    var offsets = [0.0]
    for gap in gaps { offsets.append(offsets[offsets.count - 1] + gap) }
    // Without the gaps the places must only not decrease: isotonic regression.
    var pools: [(sum: Double, count: Int)] = []
    for (place, offset) in zip(places, offsets) {
      pools.append((place - offset, 1))
      while pools.count > 1 {
        let last = pools[pools.count - 1]
        let before = pools[pools.count - 2]
        guard before.sum / Double(before.count) > last.sum / Double(last.count) else { break }
        pools.removeLast(2)
        pools.append((before.sum + last.sum, before.count + last.count))
      }
    }
    let bases = pools.flatMap { Array(repeating: $0.sum / Double($0.count), count: $0.count) }
    let highest = to - (offsets.last ?? 0)
    return zip(bases, offsets).map { base, offset in max(from, min(base, highest)) + offset }
  }
}
