import Base
import Tensors

extension ImageSet {
  /// `count` different pictures drawn at random, in random order.
  ///
  /// The same seed draws the same pictures, and a smaller draw is the beginning of a larger one. `balanced` draws as
  /// many of each class as there are; a class that has too few gives what it has and the others make up for it.
  public func sample(_ count: Int, seed: UInt64, balanced: Bool = false) throws -> ImageSet {
    guard self.count > 0 else { throw ImageSetError.noneToDraw(name) }
    guard count > 0, count <= self.count else {
      throw ImageSetError.sample(count, of: self.count)
    }
    var random = RandomStream(seed: seed, name: "sample", indices: [])
    let order = random.permutation(self.count)
    let drawn = balanced ? try roundRobin(order) : order
    return subset(Array(drawn.prefix(count)), name: "\(count) of \(name)")
  }

  /// `count` pictures of each class drawn at random, the classes taking turns.
  ///
  /// The same seed draws the same pictures, and those of a smaller count are the beginning of those of a larger one.
  public func sample(perClass count: Int, seed: UInt64) throws -> ImageSet {
    guard self.count > 0 else { throw ImageSetError.noneToDraw(name) }
    guard labels != nil else { throw ImageSetError.unlabelled(name) }
    guard count > 0 else { throw ImageSetError.sample(count, of: self.count) }
    let counts = classCounts
    let few = classes.indices.filter { counts[$0] < count }
    guard few.isEmpty else {
      throw ImageSetError.perClass(count, name, few: few.map { classes[$0] }, counts: few.map { counts[$0] })
    }
    let all = count * classes.count
    var random = RandomStream(seed: seed, name: "sample", indices: [])
    let drawn = try roundRobin(random.permutation(self.count))
    return subset(Array(drawn.prefix(all)), name: "\(all) of \(name)")
  }

  /// `order` rearranged so that the classes take turns, as long as each has any left.
  private func roundRobin(_ order: [Int]) throws -> [Int] {
    guard let labels else {
      throw ImageSetError.unlabelled(name)
    }
    var turns = [Int](repeating: 0, count: classes.count)
    let ranked = order.enumerated().map { place, index in
      defer { turns[labels[index]] += 1 }
      return (turn: turns[labels[index]], place: place, index: index)
    }
    return ranked.sorted { ($0.turn, $0.place) < ($1.turn, $1.place) }.map(\.index)
  }

  /// Two parts drawn at random that together are the whole: the first holds `share` of the pictures.
  public func split(_ share: Double, seed: UInt64) throws -> (ImageSet, ImageSet) {
    guard share > 0, share < 1 else {
      throw ImageSetError.share(share)
    }
    guard count > 1 else {
      throw ImageSetError.indivisible(name, count: count)
    }
    let first = Int((Double(count) * share).rounded())
    guard first > 0, first < count else {
      throw ImageSetError.emptyPart(share, count: count)
    }
    var random = RandomStream(seed: seed, name: "split", indices: [])
    let order = random.permutation(count)
    return (
      subset(Array(order[..<first]), name: "\(first) of \(name)"),
      subset(Array(order[first...]), name: "\(count - first) of \(name)")
    )
  }

  /// Like `split`, with the same share of every class, and at least one image on each side for classes of two or more.
  func stratifiedSplit(_ share: Double, seed: UInt64) -> (first: [Int], rest: [Int]) {
    var random = RandomStream(seed: seed, name: "split by class", indices: [])
    var groups = [[Int]](repeating: [], count: max(1, classes.count))
    for index in random.permutation(count) { groups[labels?[index] ?? 0].append(index) }
    var first: [Int] = []
    var rest: [Int] = []
    for group in groups {
      let wanted = Int((Double(group.count) * share).rounded())
      let taken = group.count < 2 ? group.count : min(max(1, wanted), group.count - 1)
      first += group[..<taken]
      rest += group[taken...]
    }
    return (first.sorted(), rest.sorted())
  }
}
