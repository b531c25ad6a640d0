import Base
import Networks
import Tensors

/// One step of training, in its order: views, outputs, loss, gradients, update, and what is kept.
///
/// It is the step of `train`, of `step` and of the benchmark alike. What is particular to a method stands behind `Method`; how
/// views go through the network (all at once, in chunks, or each alone) in `BatchPass`.
package final class TrainingStep {
  /// Place of a step in a training.
  package struct Place {
    /// Number of the step, from 0 over all trainings of the model, which seeds the random draws of layers.
    let number: Int
    /// Number of the step in this training, from 0, and the number of its steps.
    let inTraining: Int
    let count: Int
    let perEpoch: Int
    let rate: Float
    let peak: Float
    /// Whole epochs of the model before this training.
    let epochsBefore: Int

    package init(
      number: Int, inTraining: Int, of count: Int, perEpoch: Int? = nil, rate: Float, peak: Float? = nil,
      epochsBefore: Int = 0
    ) {
      (self.number, self.inTraining, self.count) = (number, inTraining, count)
      self.epochsBefore = epochsBefore
      (self.perEpoch, self.rate, self.peak) = (perEpoch ?? count, rate, peak ?? rate)
    }

    var forMethod: MethodStep {
      MethodStep(
        number: inTraining, of: count, perEpoch: perEpoch, rate: rate, peak: peak, epochsBefore: epochsBefore)
    }
  }

  private let lease: ModelLease
  private let optimizer: any Optimizer
  private let viewing: TrainingPlan.Views
  private let source: any ViewSource
  private let clip: Float?
  private let state: State
  private let parameters: [Parameter]
  private let encoderParameters: [Parameter]
  /// The weights, running statistics and what the method keeps, that gave the latest finite loss: an update with too high a rate
  /// can spoil them long before the next loss tells.
  private let lastGood: WeightCopy

  /// Called when the gradients of a step are whole, before they are used. What it throws ends the step, and nothing has changed.
  var beforeUpdate: (() throws -> Void)?
  /// Called after the update, before what the method keeps follows.
  var afterUpdate: (() -> Void)?

  package init(
    of lease: ModelLease, by optimizer: any Optimizer, views source: any ViewSource,
    viewing: TrainingPlan.Views = .together, clip: Float? = nil, workers: Workers
  ) {
    (self.lease, self.optimizer, self.source, self.viewing) = (lease, optimizer, source, viewing)
    self.clip = clip
    state = lease.state
    parameters = state.parameters
    encoderParameters = State(of: lease.encoder).parameters
    lastGood = WeightCopy(of: state.entries.map(\.entry.tensor), workers: workers)
  }

  /// Trains by the images of `portions`; the views of `following` are begun meanwhile.
  ///
  /// Throws `Interrupted`, and then nothing has changed; and `Diverged`, and then the last good weights are back.
  package func take(
    _ portions: [Portion], following: Portion?, labels: [Int]?, at place: Place, run: Run
  ) throws -> MethodLoss {
    let method = lease.method
    let pace = method.fineTuning.encoderPace(at: place.forMethod)
    let division = try Division(
      portions.count, batch: portions.reduce(0) { $0 + $1.indices.count },
      among: run.team.flatMap { $0.isTogether ? ($0.rank, $0.size) : nil })
    let (batch, result): (MethodBatch, MethodLoss)
    var passed: BatchPass
    do {
      (batch, result, passed) = try run.pass { pass in
        var passing = BatchPass(
          of: lease, portions, following: following, from: source, at: place.number, viewing: viewing,
          isFrozen: pace == .frozen, division: division, team: run.team, interrupt: run.interrupt, in: pass)
        let batch = try passing.forward(labels: labels)
        let result = try method.loss(of: batch, pass: pass)
        try pass.check()
        guard result.isFinite else {
          throw Diverged(loss: result.loss, step: place.inTraining + 1, rate: place.rate)
        }
        try passing.backward(result.gradients)
        return (batch, result, passing)
      }
      if passed.team != nil { try passed.joinGradients() }
    } catch {
      state.clearGradients()
      // Of whatever else a loss throws, the last weights may be the reason.
      if !(error is Interrupted || error is TeamError) { lastGood.restore() }
      throw error
    }
    guard lastGood.keep() else { throw spoiled(at: place) }
    do { try beforeUpdate?() } catch {
      state.clearGradients()
      throw error
    }
    for parameter in encoderParameters { parameter.pace = pace }
    method.beginUpdate(at: place.forMethod)
    if let clip { clipGradients(of: parameters, to: clip, workers: run.workers) }
    optimizer.step(parameters, rate: place.rate, workers: run.workers)
    passed.commit()
    afterUpdate?()
    method.finishStep(place.forMethod, batch: batch)
    return result
  }

  /// The last update is the one that no later loss tells of. Throws `Diverged`.
  func checkWeights(at place: Place) throws {
    if !lastGood.isFinite { throw spoiled(at: place) }
  }

  /// Weights that are NaN can hide: a rectifier makes 0 of them, and the loss looks sane.
  private func spoiled(at place: Place) -> Diverged {
    lastGood.restore()
    state.clearGradients()
    return Diverged(loss: .nan, step: place.inTraining + 1, rate: place.rate)
  }
}
