import Base
import Glibc
import Images
import Networks
import Tensors

/// Input of a classifier: rows of values, or the pixels of images.
public enum Features: Sendable {
  case matrix(Tensor)
  /// Pixels as numbers in 0…1, `size²·3` of them, resized where the pictures have another size.
  case pixels(ImageSet, size: Int)

  public var count: Int {
    switch self {
    case .matrix(let matrix): matrix.shape[0]
    case .pixels(let images, _): images.count
    }
  }

  public var width: Int {
    switch self {
    case .matrix(let matrix): matrix.shape[1]
    case .pixels(_, let size): size * size * 3
    }
  }

  /// Throws where a number is infinite or none: then nothing that is computed of it would mean anything.
  public func check() throws(ClassifierError) {
    guard case .matrix(let matrix) = self, !matrix.isFinite else { return }
    let row = (0..<matrix.count).first { !matrix.pointer[$0].isFinite }! / max(1, width)
    throw ClassifierError.notFinite(row: row)
  }

  func rows(_ indices: [Int], run: Run) throws -> Tensor {
    switch self {
    case .matrix(let matrix): matrix.rows(indices)
    case .pixels(let images, let size):
      try images.tensor(indices, normalisation: .none, outputSize: size, run: run).reshaped([
        indices.count, width,
      ])
    }
  }
}

/// Reasons why a classifier cannot be trained, or not be used on such rows.
public enum ClassifierError: Error, Equatable {
  case noRows
  case notFinite(row: Int)
  case epochs(Int)
  case batch(Int)
  case hidden(Int)
  /// The most units for which there is room, where there is for any.
  case memory(hidden: Int, width: Int, fitting: Int?, MemoryShortage)
  case diverged(loss: Double, epoch: Int)
  /// Rows of another width than those that it was trained on.
  case width(Int, rows: Int)
}

/// Settings of a classifier's training; the initial values are the paper's.
public struct ClassifierPlan: Sendable {
  /// Units of the one hidden layer; 0 for a linear classifier.
  public var hidden = 256
  public var epochs = 10
  public var batch = 128
  public var rate: Float = 1e-3
  public var weightDecay: Float = 0
  /// Brings each feature to mean 0 and spread 1 over the training rows.
  public var standardise = true

  public init() {}
}

/// A softmax classifier on fixed features: linear, or with one hidden layer and ReLU.
public final class Classifier {
  public let classes: [String]
  public let hidden: Int
  public let width: Int
  /// Mean training loss of each epoch.
  public private(set) var losses: [Double] = []
  /// Takes no gradient of its input, which is data: a third of the work of a wide one.
  private let first: Linear
  private let rest: Sequential
  private let shift: Tensor
  private let scale: Tensor

  /// Trains on `features` with `labels`. Throws `ClassifierError` before any work, and `Interrupted`.
  public init(on features: Features, labels: [Int], classes: [String], plan: ClassifierPlan, run: Run) throws
  {
    try Classifier.check(features, labels: labels, classes: classes, plan: plan)
    self.classes = classes
    hidden = plan.hidden
    width = features.width
    var random = run.random("classifier")
    first = Linear(inputs: width, outputs: hidden > 0 ? hidden : classes.count, random: &random)
    rest =
      hidden > 0
      ? Sequential([ReLU(), Linear(inputs: hidden, outputs: classes.count, random: &random)]) : Sequential([])
    (shift, scale) =
      plan.standardise
      ? try Classifier.spread(of: features, run: run) : (Tensor([width]), Tensor([width], filledWith: 1))
    try run.checkInterrupt()
    try train(on: features, labels: labels, plan: plan, run: run)
  }

  /// A linear classifier that was trained elsewhere, on rows as they are.
  init(layer: Linear, classes: [String], losses: [Double]) {
    (self.classes, self.losses, hidden, width) = (classes, losses, 0, layer.inputs)
    (first, rest) = (layer, Sequential([]))
    (shift, scale) = (Tensor([width]), Tensor([width], filledWith: 1))
  }

  private static func check(
    _ features: Features, labels: [Int], classes: [String], plan: ClassifierPlan
  ) throws(ClassifierError) {
    guard features.count > 0 else { throw ClassifierError.noRows }
    try features.check()
    guard plan.epochs > 0 else {
      throw ClassifierError.epochs(plan.epochs)
    }
    guard plan.batch > 0 else {
      throw ClassifierError.batch(plan.batch)
    }
    guard plan.hidden >= 0 else {
      throw ClassifierError.hidden(plan.hidden)
    }
    try checkMemory(features, classes: classes.count, plan: plan)
    precondition(labels.count == features.count)
    precondition(labels.allSatisfy { classes.indices.contains($0) }, "labels without a class")
  }

  /// Throws where the weights, what training keeps beside each (a gradient and Adam's two means) and the rows of a
  /// batch would not fit into memory.
  private static func checkMemory(_ features: Features, classes: Int, plan: ClassifierPlan)
    throws(ClassifierError)
  {
    let (width, rows) = (features.width, max(min(plan.batch, features.count), min(1000, features.count)))
    func bytes(_ hidden: Int) -> Int {
      let weights = hidden > 0 ? hidden * (width + 1) + classes * (hidden + 1) : classes * (width + 1)
      return MemoryLayout<Float>.stride * (4 * weights + rows * (2 * width + 4 * (hidden + classes)))
    }
    try MachineMemory.ask(for: bytes(plan.hidden)) { memory in
      let fitting = MachineMemory.largest(0...plan.hidden, within: memory.counted, needing: bytes)
      return ClassifierError.memory(hidden: plan.hidden, width: width, fitting: fitting, memory)
    }
  }

  /// Mean and 1/deviation of each feature; a feature that never varies keeps the scale 1.
  private static func spread(of features: Features, run: Run) throws -> (shift: Tensor, scale: Tensor) {
    let width = features.width
    var sums = [Double](repeating: 0, count: width)
    var squares = sums
    for start in stride(from: 0, to: features.count, by: 1000) {
      let rows = try features.rows(Array(start..<min(features.count, start + 1000)), run: run)
      for row in 0..<rows.shape[0] {
        let x = rows.pointer + row * width
        for c in 0..<width {
          sums[c] += Double(x[c])
          squares[c] += Double(x[c]) * Double(x[c])
        }
      }
    }
    let count = Double(features.count)
    let means = sums.map { $0 / count }
    let scales = (0..<width).map { c -> Float in
      let variance = max(0, squares[c] / count - means[c] * means[c])
      return variance > 1e-12 ? Float(1 / variance.squareRoot()) : 1
    }
    return (Tensor([width], means.map { Float($0) }), Tensor([width], scales))
  }

  private func train(on features: Features, labels: [Int], plan: ClassifierPlan, run: Run) throws {
    let optimizer = Adam(weightDecay: plan.weightDecay)
    let parameters = State(of: first).parameters + State(of: rest).parameters
    let chance = log(Double(max(1, classes.count)))
    let batch = min(plan.batch, features.count)
    for epoch in 0..<plan.epochs {
      var random = run.random("classifier order", epoch)
      let order = random.permutation(features.count)
      var sum = 0.0
      for start in stride(from: 0, to: features.count, by: batch) {
        let indices = Array(order[start..<min(features.count, start + batch)])
        let rows = try features.rows(indices, run: run)
        let loss = try run.pass { pass in
          var tape = Tape(pass: pass, mode: .training)
          let y = forward(rows, saving: &tape)
          let (loss, gradient) = crossEntropy(y, labels: indices.map { labels[$0] })
          first.backwardToParameters(rest.backward(gradient, from: &tape), from: &tape)
          return loss
        }
        guard loss.isFinite else {
          throw ClassifierError.diverged(loss: loss, epoch: epoch + 1)
        }
        optimizer.step(parameters, rate: plan.rate, workers: run.workers)
        sum += loss * Double(indices.count)
        let done = start + indices.count
        run.report(
          Progress(
            "Classifier", completed: epoch * features.count + done,
            total: plan.epochs * features.count, unit: "rows",
            epoch: (epoch + 1, plan.epochs), readings: [Reading(.loss, sum / Double(done))],
            curve: Reading(.loss, loss, chance: chance)))
      }
      losses.append(sum / Double(features.count))
    }
  }

  private func forward(_ rows: Tensor, saving tape: inout Tape) -> Tensor {
    rest.forward(first.forward(standardised(rows, pass: tape.pass), saving: &tape), saving: &tape)
  }

  private func standardised(_ x: Tensor, pass: Pass) -> Tensor {
    let out = Tensor(uninitialized: x.shape)
    let (width, from, to, shift, scale) = (width, x.pointer, out.pointer, shift.pointer, scale.pointer)
    pass.forEachRange(x.shape[0], grain: 16) { range, _ in
      for row in range {
        let start = row &* width
        for c in 0..<width { to[start &+ c] = (from[start &+ c] - shift[c]) * scale[c] }
      }
    }
    return out
  }

  /// Scores before the softmax, `[n, classes]`. Throws `ClassifierError` where the width differs, and `Interrupted`.
  public func scores(_ features: Features, run: Run) throws -> Tensor {
    guard features.width == width else {
      throw ClassifierError.width(width, rows: features.width)
    }
    try features.check()
    let result = Tensor(uninitialized: [features.count, classes.count])
    for start in stride(from: 0, to: features.count, by: 1000) {
      let rows = try features.rows(Array(start..<min(features.count, start + 1000)), run: run)
      let y = try run.pass { pass in
        var tape = Tape(pass: pass, mode: .evaluation)
        return forward(rows, saving: &tape)
      }
      (result.pointer + start * classes.count).update(from: y.pointer, count: y.count)
    }
    return result
  }

  /// The class of the highest score of each row.
  public func predictions(_ features: Features, run: Run) throws -> [Int] {
    Judgement.highest(try scores(features, run: run))
  }
}
