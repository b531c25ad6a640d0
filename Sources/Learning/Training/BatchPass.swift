import Base
import Networks
import Tensors

/// The way of one batch through the network, forward and back, in parts.
///
/// Usually a group of views is one part. In several portions this is gradient caching (Gao et al., 2021): a first pass computes
/// all outputs and keeps nothing else; the loss over all of them gives ∂L/∂z; a second pass computes each part again and takes
/// its rows of ∂L/∂z back. The gradients are those of the whole batch with the memory of one portion, for half as much work
/// again. Batch normalisation takes its statistics from each part, in both passes alike.
///
/// Views that go alone are a part each, kept until the loss of all is known: no pass is done twice, and running statistics move
/// once per view.
///
/// A frozen encoder is in evaluation, and what goes back ends at its representations: nothing of it is kept.
///
/// Several processes divide the portions (`Division`): each has its own, and meets the others for the outputs of all before the loss, and for the
/// gradients of all after it. The sum of the portions' gradients is the same to the bit however they are divided.
///
/// It all happens in one `pass`: what an interrupt cut short never leaves `Run.pass`.
package struct BatchPass {
  private let lease: ModelLease
  let groups: [ViewGroup]
  let portions: [Portion]
  private let following: Portion?
  private let source: any ViewSource
  private let step: Int
  private let viewing: TrainingPlan.Views
  private let isFrozen: Bool
  private let pass: Pass
  let count: Int
  let division: Division
  /// The processes that divide the portions.
  let team: (any Team)?
  let interrupt: Interrupt
  /// Tapes that forward left for backward, part by part; nothing where the parts are computed again.
  private var kept: [Tape?] = []
  /// Tapes whose backward pass is done, and those of targets.
  var done: [Tape] = []
  /// Gradients of the portions, where there are several.
  private(set) var sum = PortionSum()
  /// Gradients that the loss itself has added: of prototypes.
  private var gradientsOfLoss: [Float]?
  /// Moments that running statistics move by, of each process.
  private var moves: [ArraySlice<Float>] = []

  package init(
    of lease: ModelLease, _ portions: [Portion], following: Portion? = nil, from source: any ViewSource,
    at step: Int, viewing: TrainingPlan.Views = .together, isFrozen: Bool = false, division: Division? = nil,
    team: (any Team)? = nil, interrupt: Interrupt = Interrupt(), in pass: Pass
  ) {
    precondition(viewing == .together || portions.count == 1, "views that go alone come in one portion")
    (self.lease, self.portions, self.following, self.source) = (lease, portions, following, source)
    (self.step, self.viewing, self.isFrozen, self.pass) = (step, viewing, isFrozen, pass)
    groups = lease.model.viewGroups
    count = portions.reduce(0) { $0 + $1.indices.count }
    self.division = division ?? Division(alone: portions.count)
    self.team = self.division.processes > 1 ? team : nil
    self.interrupt = interrupt
  }

  /// Whether outputs are computed a second time. A single portion of this process is kept, as a whole batch is.
  private var isCached: Bool { division.each > 1 }

  /// Views that go through the network together.
  private struct Part {
    /// Numbers the random draws of its layers within the step.
    let number: Int
    let group: Int
    /// The row of a single view among the group's.
    let row: Int?
  }

  private func parts(of portion: Int) -> [Part] {
    switch viewing {
    case .together:
      return groups.indices.map { Part(number: portion * groups.count + $0, group: $0, row: nil) }
    case .alone:
      let rows = groups.indices.flatMap { group in (0..<groups[group].views * count).map { (group, $0) } }
      return rows.enumerated().map { Part(number: $0, group: $1.0, row: $1.1) }
    }
  }

  // MARK: - Forward

  /// All outputs of the batch. Throws `Interrupted`.
  package mutating func forward(labels: [Int]? = nil) throws -> MethodBatch {
    try forward(labels: labels, keeping: !isCached, representations: nil)
  }

  /// All outputs in training mode, and the representations of the first group's views; changes nothing. Throws `Interrupted`.
  mutating func observe(labels: [Int]?) throws -> (h: Tensor, batch: MethodBatch) {
    let h = Tensor(uninitialized: [groups[0].views * count, lease.model.encoder.outputWidth])
    return (h, try forward(labels: labels, keeping: false, representations: h))
  }

  private mutating func forward(
    labels: [Int]?, keeping: Bool, representations: Tensor?
  ) throws -> MethodBatch {
    let method = lease.method
    let outputs = groups.map {
      Tensor(uninitialized: [$0.isTrained ? $0.outputs * count : 0, method.rowWidth])
    }
    var targets = [Tensor?](repeating: nil, count: groups.count)
    var answers = [[Int]?](repeating: nil, count: groups.count)
    for place in places(cycling: true) {
      let (images, views) = (place.images, try source.take(portions[place.portion], following: place.next))
      for part in parts(of: place.portion) {
        let (group, pixels) = (groups[part.group], pixels(of: part, in: views))
        if group.isTrained {
          let (h, z, tape) = run(part, on: pixels, keeping: keeping)
          if let representations, part.group == 0 {
            put(h, of: part, images, perImage: group.views, into: representations)
          }
          put(z, of: part, images, perImage: group.outputs, into: outputs[part.group])
          if keeping { kept.append(tape) }
        }
        var tape = Tape(
          pass: pass, mode: .training, step: step, part: part.number, keeping: false, committing: true)
        if let rows = method.targets(of: pixels, group: part.group, saving: &tape) {
          let whole = targets[part.group] ?? Tensor(uninitialized: [group.outputs * count, rows.shape[1]])
          targets[part.group] = whole
          put(rows, of: part, images, perImage: group.outputs, into: whole)
          done.append(tape)
        }
        try pass.check()
      }
      for (group, found) in views.enumerated() {
        guard let found = found.answers else { continue }
        var all = answers[group] ?? Array(repeating: 0, count: found.count / images.count * count)
        for (row, answer) in found.enumerated() {
          all[row / images.count * count + images.lowerBound + row % images.count] = answer
        }
        answers[group] = all
      }
    }
    try share(outputs, &targets, &answers)
    return MethodBatch(
      outputs: outputs, targets: targets, answers: answers, labels: labels,
      images: portions.flatMap(\.indices), step: step)
  }

  private func run(_ part: Part, on pixels: Tensor, keeping: Bool) -> (h: Tensor, z: Tensor, tape: Tape) {
    var tape = tape(of: part, keeping: keeping)
    if isFrozen {
      var still = Tape(pass: pass, mode: .evaluation)
      let h = lease.encoder.forward(pixels, saving: &still)
      return (h, lease.method.outputs(of: h, group: part.group, saving: &tape), tape)
    }
    let (h, z) = lease.method.forward(pixels, through: lease.encoder, group: part.group, saving: &tape)
    return (h, z, tape)
  }

  private func tape(of part: Part, keeping: Bool) -> Tape {
    Tape(pass: pass, mode: .training, step: step, part: part.number, keeping: keeping)
  }

  private func pixels(of part: Part, in views: [Views]) -> Tensor {
    let all = views[part.group].pixels
    return part.row.map { all.rows([$0]) } ?? all
  }

  // MARK: - Backward

  /// Adds to the gradients of all parameters. `gradients` are ∂loss/∂outputs of the batch, one for each group.
  /// Throws `Interrupted`; then the gradients hold nothing of use.
  package mutating func backward(_ gradients: [Tensor]) throws {
    let flat = portions.count > 1 ? FlatGradients(of: lease.state.parameters) : nil
    if let flat {
      let before = flat.numbers
      if before.contains(where: { $0 != 0 }) {
        gradientsOfLoss = before
        flat.clear()
      }
    }
    if isCached {
      for place in places(cycling: false) {
        let (images, views) = (place.images, try source.take(portions[place.portion], following: place.next))
        for part in parts(of: place.portion) where groups[part.group].isTrained {
          let again = run(part, on: pixels(of: part, in: views), keeping: true)
          try backward(gradients, part, images, again.tape)
        }
        takeGradients(flat)
      }
    } else {
      let trained = parts(of: division.own.lowerBound).filter { groups[$0.group].isTrained }
      let images = images(of: division.rank)
      for (place, part) in trained.enumerated() {
        // Taken out, so that what backward has used is free at once.
        guard let tape = kept[place].take() else { preconditionFailure("forward comes first") }
        try backward(gradients, part, images, tape)
      }
      takeGradients(flat)
    }
    if team == nil { try joinGradients() }
  }

  /// Takes the gradients of a portion out of the parameters.
  private mutating func takeGradients(_ flat: FlatGradients?) {
    guard let flat else { return }
    sum.add(flat.numbers)
    flat.clear()
  }

  /// Puts the gradients of all portions into the parameters, once this process has those of its own; not within a pass, since it comes to
  /// its end in all processes or in none. Throws `Interrupted` and `TeamError`.
  mutating func joinGradients() throws {
    guard portions.count > 1 else { return }
    let flat = FlatGradients(of: lease.state.parameters)
    var whole = sum.whole
    if let team {
      let (count, each) = (whole.count, division.each)
      let all = try team.meet(whole + done.flatMap(\.deferredNumbers), interrupt: interrupt) { given in
        var sum = PortionSum()
        for numbers in given { sum.add(Array(numbers[..<count]), portions: each) }
        return sum.whole + given.flatMap { $0[count...] }
      }
      whole = Array(all[..<count])
      let length = (all.count - count) / team.size
      moves = (0..<team.size).map { all[count + $0 * length..<count + ($0 + 1) * length] }
    }
    if let gradientsOfLoss { whole = PortionSum.sum(gradientsOfLoss, whole) }
    flat.set(whole[...])
  }

  private mutating func backward(
    _ gradients: [Tensor], _ part: Part, _ images: Range<Int>, _ tape: consuming Tape
  ) throws {
    let dz = rows(of: part, images, perImage: groups[part.group].outputs, of: gradients[part.group])
    if isFrozen {
      _ = lease.method.backward(dz, group: part.group, from: &tape)
    } else {
      lease.method.backward(dz, through: lease.encoder, group: part.group, from: &tape)
    }
    done.append(tape)
    try pass.check()
  }

  /// Moves running statistics, once the step is known to be whole.
  package consuming func commit() {
    guard moves.isEmpty else {
      for numbers in moves {
        var rest = numbers
        for tape in done { rest = tape.commit(numbersOfOther: rest) }
      }
      return
    }
    for place in done.indices { done[place].commit() }
  }

  // MARK: - Portions and rows

  /// A portion, its images among the batch's, and whose views are begun while it is used.
  private struct Place {
    let portion: Int
    let images: Range<Int>
    let next: Portion?
  }

  /// - Parameter cycling: whether another pass over the same portions follows this one, where there are several.
  private func places(cycling: Bool) -> [Place] {
    var start = images(of: division.rank).lowerBound
    let own = division.own
    return own.map { number in
      let length = portions[number].indices.count
      defer { start += length }
      let isLast = number + 1 == own.upperBound
      let next = isLast ? (cycling && isCached ? portions[own.lowerBound] : following) : portions[number + 1]
      return Place(portion: number, images: start..<start + length, next: next)
    }
  }

  // In a part as in the batch, the first rows of all images come before all second rows.

  private func put(
    _ rows: Tensor, of part: Part, _ images: Range<Int>, perImage: Int, into whole: Tensor
  ) {
    if let row = part.row { return whole.replaceRows(from: row, by: rows) }
    for place in 0..<perImage {
      whole.replaceRows(
        from: place * count + images.lowerBound, by: rows,
        place * images.count..<(place + 1) * images.count)
    }
  }

  private func rows(of part: Part, _ images: Range<Int>, perImage: Int, of whole: Tensor) -> Tensor {
    if let row = part.row { return whole.rows([row]) }
    if images.count == count { return whole }
    return whole.rows((0..<perImage).flatMap { place in images.map { place * count + $0 } })
  }
}
