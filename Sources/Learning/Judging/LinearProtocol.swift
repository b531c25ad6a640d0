import Base
import Glibc
import Images
import Networks
import Tensors

/// Settings of a linear classifier's training on views through a frozen encoder, as lightly and solo-learn evaluate
/// representations; the initial values are lightly's.
public struct LinearPlan: Sendable {
  public var epochs = 90
  public var batch = 256
  /// The peak learning rate; where nil, `usualRate`.
  public var rate: Float?
  public var weightDecay: Float = 0
  public var schedule = Schedule.Shape.cosine
  /// Augmentation that makes the view of each image in each epoch.
  public var augmentation = Augmentation.sequence([
    .crop(scale: 0.08...1, ratio: Augmentation.usualRatio), .flip(chance: 0.5),
  ])

  public static let momentum: Float = 0.9

  public init() {}

  /// 0.1 for each 256 images of a batch.
  public var usualRate: Float { 0.1 * Float(batch) / 256 }
}

extension Classifier {
  /// Trains one linear layer on what the encoder of `model` makes of new views of the images in each epoch: `softmax(W·f(t(x)) + b)` by
  /// gradient descent with momentum. The encoder is in evaluation and stays as it is; batches are of the last images too.
  ///
  /// Its rows are representations h, of width `model.encoder.outputWidth`, not standardised.
  /// Throws `ClassifierError` and `TrainingError` before any work, `ModelError` while something else works with the model, and
  /// `Interrupted`.
  public convenience init(
    onViewsOf images: ImageSet, labels: [Int], with model: ContrastiveModel, plan: LinearPlan, run: Run
  ) throws {
    guard images.count > 0 else { throw ClassifierError.noRows }
    guard plan.epochs > 0 else { throw ClassifierError.epochs(plan.epochs) }
    guard plan.batch > 0 else { throw ClassifierError.batch(plan.batch) }
    precondition(labels.count == images.count)
    let training = try model.using { lease in
      try LinearTraining(of: images, labels: labels, through: lease, plan: plan, run: run)
    }
    try model.using { _ in try training.carryOut() }
    self.init(layer: training.layer, classes: images.classes, losses: training.losses)
  }
}

/// The training of one linear layer on views through a frozen encoder.
private final class LinearTraining {
  let layer: Linear
  private(set) var losses: [Double] = []
  private let encoder: any Networks.Encoder
  private let (images, labels, plan, run): (ImageSet, [Int], LinearPlan, Run)
  private let views: ViewQueue
  private let passage: Passage
  private let batch: Int
  private var orders: [Int: [Int]] = [:]

  init(of images: ImageSet, labels: [Int], through lease: ModelLease, plan: LinearPlan, run: Run) throws {
    (self.images, self.labels, self.plan, self.run) = (images, labels, plan, run)
    let model = lease.model
    encoder = lease.judgedEncoder
    batch = min(plan.batch, images.count)
    passage = Passage(of: batch, through: model.encoder)
    let side = model.encoder.inputSize
    // Views of two batches beside their representations.
    try passage.check(model.encoder, of: batch, width: model.encoder.outputWidth + 2 * side * side * 3)
    let group = ViewGroup(views: 1, augmentation: plan.augmentation, side: side)
    views = ViewQueue(
      of: images, in: [group], normalisation: try model.normalisation(for: images, run: run), run: run)
    var random = run.random("classifier")
    layer = Linear(inputs: model.encoder.outputWidth, outputs: images.classes.count, random: &random)
  }

  private var stepsPerEpoch: Int { (images.count + batch - 1) / batch }
  private var stepCount: Int { plan.epochs * stepsPerEpoch }

  func carryOut() throws {
    let optimizer = SGD(momentum: LinearPlan.momentum, weightDecay: plan.weightDecay)
    let (parameters, schedule) = (State(of: layer).parameters, Schedule(plan.schedule))
    let (peak, chance) = (plan.rate ?? plan.usualRate, log(Double(max(1, images.classes.count))))
    for epoch in 0..<plan.epochs {
      var (sum, done) = (0.0, 0)
      for step in epoch * stepsPerEpoch..<(epoch + 1) * stepsPerEpoch {
        let portion = portion(step)
        let next = step + 1 < stepCount ? self.portion(step + 1) : nil
        let pixels = try views.take(portion, following: next)[0].pixels
        let h = try representations(of: pixels)
        let loss = try run.pass { pass in
          var tape = Tape(pass: pass, mode: .training)
          let scores = layer.forward(h, saving: &tape)
          let (loss, gradient) = crossEntropy(scores, labels: portion.indices.map { labels[$0] })
          layer.backwardToParameters(gradient, from: &tape)
          return loss
        }
        guard loss.isFinite else { throw ClassifierError.diverged(loss: loss, epoch: epoch + 1) }
        optimizer.step(
          parameters, rate: schedule.rate(step: step, of: stepCount, peak: peak), workers: run.workers)
        sum += loss * Double(portion.indices.count)
        done += portion.indices.count
        run.report(
          Progress(
            "Classifier", completed: epoch * images.count + done, total: plan.epochs * images.count,
            unit: "images", epoch: (epoch + 1, plan.epochs), readings: [Reading(.loss, sum / Double(done))],
            curve: Reading(.loss, loss, chance: chance)))
      }
      losses.append(sum / Double(images.count))
    }
  }

  /// The images of a step of the training.
  private func portion(_ step: Int) -> Portion {
    let (epoch, place) = (step / stepsPerEpoch, step % stepsPerEpoch)
    let order = order(of: epoch)
    return Portion(
      epoch: epoch, indices: Array(order[place * batch..<min(order.count, (place + 1) * batch)]))
  }

  private func order(of epoch: Int) -> [Int] {
    if let order = orders[epoch] { return order }
    var random = run.random("classifier order", epoch)
    let order = random.permutation(images.count)
    orders = orders.filter { $0.key >= epoch - 1 }
    orders[epoch] = order
    return order
  }

  private func representations(of views: Tensor) throws -> Tensor {
    let count = views.shape[0]
    let h = Tensor(uninitialized: [count, encoder.outputWidth])
    for start in stride(from: 0, to: count, by: passage.chunk) {
      let some = views.rows(Array(start..<min(count, start + passage.chunk)))
      h.replaceRows(
        from: start,
        by: try run.pass { pass in
          var tape = Tape(pass: pass, mode: .evaluation)
          return encoder.forward(some, saving: &tape)
        })
    }
    return h
  }
}
