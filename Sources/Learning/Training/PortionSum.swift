import Networks
import Tensors

/// Sum of the gradients of a step's portions, added in one tree that depends on the number of portions alone.
///
/// Two sums of as many portions become one as soon as both are there: ((0 + 1) + (2 + 3)) + …; what is left at the end is added from the last on. A
/// process that has 1, 2, 4 … portions in a row has a branch of that tree, so its sum is the same numbers whoever adds the rest.
struct PortionSum {
  private var branches: [(portions: Int, numbers: [Float])] = []

  /// Adds the sum of the next portions.
  mutating func add(_ numbers: [Float], portions: Int = 1) {
    var (portions, numbers) = (portions, numbers)
    while let last = branches.last, last.portions == portions {
      branches.removeLast()
      numbers = PortionSum.sum(last.numbers, numbers)
      portions *= 2
    }
    branches.append((portions, numbers))
  }

  /// Sum of all portions, of which there is one at least.
  var whole: [Float] {
    guard var sum = branches.last?.numbers else { return [] }
    for branch in branches.dropLast().reversed() { sum = PortionSum.sum(branch.numbers, sum) }
    return sum
  }

  static func sum(_ a: [Float], _ b: [Float]) -> [Float] {
    precondition(a.count == b.count, "portions have the same parameters")
    var sum = a
    for place in sum.indices { sum[place] += b[place] }
    return sum
  }
}

/// The gradients of parameters, one after the other.
struct FlatGradients {
  private let parameters: [Parameter]

  init(of parameters: [Parameter]) { self.parameters = parameters }

  var numbers: [Float] { parameters.flatMap(\.gradient.elements) }

  func clear() {
    for parameter in parameters { parameter.gradient.fill(0) }
  }

  func set(_ numbers: ArraySlice<Float>) {
    var start = numbers.startIndex
    for gradient in parameters.lazy.map(\.gradient) {
      numbers[start..<start + gradient.count].withUnsafeBufferPointer { values in
        if let first = values.baseAddress { gradient.pointer.update(from: first, count: values.count) }
      }
      start += gradient.count
    }
  }
}

/// The portions of each process.
package struct Division {
  let portions: Int
  let rank: Int
  let processes: Int

  /// Throws `TrainingError` unless each process has 1, 2, 4 … portions. One portion is not divided, nor is what one process computes.
  package init(_ portions: Int, batch: Int, among team: (rank: Int, size: Int)?) throws(TrainingError) {
    let isDivided = portions > 1 && (team?.size ?? 1) > 1
    (self.portions, rank, processes) = (portions, isDivided ? team!.rank : 0, isDivided ? team!.size : 1)
    let each = portions / processes
    guard portions % processes == 0, processes == 1 || each & (each - 1) == 0 else {
      throw .chunksAmongProcesses(chunks: portions, processes: processes, batch: batch)
    }
  }

  /// All portions in this process.
  init(alone portions: Int) { (self.portions, rank, processes) = (portions, 0, 1) }

  var each: Int { portions / processes }
  package var own: Range<Int> { portions(of: rank) }
  func portions(of process: Int) -> Range<Int> { process * each..<(process + 1) * each }
}
