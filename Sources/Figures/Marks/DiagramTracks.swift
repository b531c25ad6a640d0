/// Draws a layered diagram straight: items that follow one another alone share a track, one line along the
/// diagram, and tracks move towards what they are joined to as far as their neighbours let them.
struct DiagramTracks {
  /// A distance that two tracks keep because their items stand next to each other in a layer.
  private struct Limit {
    var above: Int
    var below: Int
    var distance: Double
  }

  private let trackOf: [Int]
  private let limits: [Limit]
  /// Joined tracks with their pull.
  private var joins: [[(track: Int, weight: Double)]]
  private var places: [Double]
  private let order: [Int]

  /// - Parameters:
  ///   - isBox: whether each item is a box and not a passing place.
  ///   - steps: pairs of items joined from one layer to the next.
  ///   - columns: the items of each layer in their order.
  ///   - distance: how far apart two neighbours' centres must be.
  ///   - start: the items' places so far.
  /// Returns `nil` when tracks would have to cross one another.
  init?(
    isBox: [Bool], steps: [(Int, Int)], columns: [[Int]], start: [Double], distance: (Int, Int) -> Double
  ) {
    let count = isBox.count
    var boxesAfter: [[Int]] = Array(repeating: [], count: count)
    var boxesBefore: [[Int]] = Array(repeating: [], count: count)
    for (a, b) in steps where isBox[a] == isBox[b] {
      boxesAfter[a].append(b)
      boxesBefore[b].append(a)
    }
    var track = Array(0..<count)
    for (a, b) in steps
    where isBox[a] == isBox[b] && boxesAfter[a].count == 1 && boxesBefore[b].count == 1 {
      let (old, new) = (track[b], track[a])
      for item in track.indices where track[item] == old { track[item] = new }
    }
    var limits: [Limit] = []
    for column in columns {
      for (a, b) in zip(column, column.dropFirst()) {
        if track[a] == track[b] { return nil }
        limits.append(Limit(above: track[a], below: track[b], distance: distance(a, b)))
      }
    }
    guard let order = DiagramTracks.order(count, limits) else { return nil }
    joins = Array(repeating: [], count: count)
    for (a, b) in steps where track[a] != track[b] {
      let weight = isBox[a] && isBox[b] ? 3.0 : 1
      joins[track[a]].append((track[b], weight))
      joins[track[b]].append((track[a], weight))
    }
    places = track.indices.map { start[track[$0]] }
    trackOf = track
    self.limits = limits
    self.order = order
  }

  /// The tracks from top to bottom, or `nil` when one would have to be above itself.
  private static func order(_ count: Int, _ limits: [Limit]) -> [Int]? {
    var waits = [Int](repeating: 0, count: count)
    for limit in limits { waits[limit.below] += 1 }
    var order = (0..<count).filter { waits[$0] == 0 }
    var next = 0
    while next < order.count {
      for limit in limits where limit.above == order[next] {
        waits[limit.below] -= 1
        if waits[limit.below] == 0 { order.append(limit.below) }
      }
      next += 1
    }
    return order.count == count ? order : nil
  }

  /// The place of each item.
  mutating func settled() -> [Double] {
    for _ in 0..<120 {
      places = places.indices.map { track in
        let weight = joins[track].reduce(0) { $0 + $1.weight }
        guard weight > 0 else { return places[track] }
        return joins[track].reduce(0) { $0 + $1.weight * places[$1.track] } / weight
      }
      for _ in 0..<8 {
        for limit in limits {
          let missing = limit.distance - (places[limit.below] - places[limit.above])
          guard missing > 0 else { continue }
          places[limit.above] -= missing / 2
          places[limit.below] += missing / 2
        }
      }
    }
    // What is still too near is moved down for good, in an order in which nothing moves twice.
    let byAbove = Dictionary(grouping: limits, by: \.above)
    for track in order {
      for limit in byAbove[track] ?? [] {
        places[limit.below] = max(places[limit.below], places[track] + limit.distance)
      }
    }
    return trackOf.map { places[$0] }
  }
}
