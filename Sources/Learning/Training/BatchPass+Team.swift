import Tensors

/// Numbers that processes tell each other of a batch before its loss.
extension BatchPass {
  /// The images of a process, among the batch's.
  func images(of process: Int) -> Range<Int> {
    let own = division.portions(of: process)
    let start = portions[..<own.lowerBound].reduce(0) { $0 + $1.indices.count }
    return start..<start + portions[own].reduce(0) { $0 + $1.indices.count }
  }

  /// Completes the rows of this process by those of the others. Throws `Interrupted` and `TeamError`.
  func share(_ outputs: [Tensor], _ targets: inout [Tensor?], _ answers: inout [[Int]?]) throws {
    guard let team else { return }
    // Answers are numbers of classes and of places, which single precision holds.
    var tables = zip(groups, outputs).filter { $0.0.isTrained }.map { (groups: $0.0.outputs, rows: $0.1) }
    tables += targets.enumerated().compactMap { group, rows in rows.map { (groups[group].outputs, $0) } }
    let answerTables = answers.map { all in all.map { Tensor([$0.count, 1], $0.map(Float.init)) } }
    tables += answerTables.compactMap { $0 }.map { ($0.shape[0] / count, $0) }
    let own = images(of: division.rank)
    let mine = tables.flatMap { table in
      (0..<table.groups).flatMap { place in
        table.rows.rows(place * count + own.lowerBound..<place * count + own.upperBound).elements
      }
    }
    var rest = try team.meet(mine, interrupt: interrupt) { $0.flatMap { $0 } }[...]
    for process in 0..<team.size {
      let images = images(of: process)
      for table in tables {
        let width = table.rows.shape[1]
        for place in 0..<table.groups {
          let numbers = Array(rest.prefix(images.count * width))
          rest = rest.dropFirst(numbers.count)
          table.rows.replaceRows(
            from: place * count + images.lowerBound, by: Tensor([images.count, width], numbers))
        }
      }
    }
    for (group, table) in answerTables.enumerated() {
      if let table { answers[group] = table.elements.map { Int($0) } }
    }
  }
}
