import Base
import Foundation
import Images
import Learning
import Networks
import Tensors
import Testing

@Suite("One step")
struct OneStepTests {
  @Test("is the step that training does, to the bit", arguments: [TrainingPlan.Rule.adam, .sgd, .lars])
  func sameAsTraining(rule: TrainingPlan.Rule) throws {
    let images = try shapes(16).train
    var plan = plan(epochs: 1, batch: 16)
    plan.rule = rule
    let (trained, stepped) = (try tinyModel(), try tinyModel())
    try train(trained, on: images, plan: plan, run: Run(seed: 3))
    let report = try step(stepped, on: images, plan: plan, run: Run(seed: 3))
    #expect(weights(stepped) == weights(trained))
    #expect(stepped.history.steps.map(\.loss) == trained.history.steps.map(\.loss))
    #expect(stepped.history.epochs.isEmpty && stepped.history.looseSteps == 1)
    #expect(
      report.loss == trained.history.steps[0].loss
        && report.readings.map(\.value) == trained.history.steps[0].metrics)
  }

  @Test(
    "momentum changes a training by the rules that use it alone, and a first step by none",
    arguments: TrainingPlan.Rule.allCases)
  func momentum(rule: TrainingPlan.Rule) throws {
    let images = try shapes(32).train
    func trained(_ momentum: Float, steps: Int) throws -> [Float] {
      let model = try tinyModel()
      var plan = plan(epochs: 1, batch: 32 / steps)
      plan.rule = rule
      plan.momentum = momentum
      plan.schedule = .constant
      plan.rate = 0.1
      try train(model, on: images, plan: plan, run: Run(seed: 3))
      return weights(model)
    }
    #expect(try trained(0, steps: 1) == trained(0.9, steps: 1))
    #expect(try (trained(0, steps: 2) != trained(0.9, steps: 2)) == rule.usesMomentum)
  }

  @Test("its numbers agree with each other and with the model")
  func numbers() throws {
    let images = try shapes().train
    let model = try tinyModel(augmentation: .crop(scale: 0.8...1, ratio: 1...1))
    let before = State(of: try model.network).parameters.map { $0.value.copy() }
    var plan = plan(batch: 8)
    plan.rule = .sgd
    plan.rate = 0.01
    plan.momentum = 0
    let report = try step(model, on: images, plan: plan, run: Run(seed: 3))
    #expect(report.images.count == 8 && Set(report.images).count == 8)
    #expect(report.viewShapes == [[16, 16, 16, 3]] && report.anatomy?.gradient.shape == [16, 8])
    #expect(report.hShape == [16, model.encoder.outputWidth])
    #expect(report.chance == log(15.0))
    let pairLosses = try #require(report.pairLosses)
    let pairs = try #require(report.pairs)
    #expect(pairLosses.count == 8 && pairs.positives.count == 8)
    #expect(abs(pairLosses.reduce(0, +) / 8 - report.loss) < 1e-5)
    #expect(pairs.positives.allSatisfy { abs($0) <= 1.0001 })
    let (mean, lowest, highest) = pairs.negatives
    #expect(lowest < mean && mean < highest && lowest >= -1.0001 && highest <= 1.0001)
    #expect(report.parts.map(\.name) == ["encoder", "head"])
    #expect(report.parts.map(\.parameters).reduce(0, +) == model.state.parameterCount)
    for part in report.parts {
      // Plain gradient descent: the update is the rate times the gradient.
      #expect(abs(part.update / (0.01 * part.gradient) - 1) < 1e-3, "\(part)")
    }
    var moved = 0.0
    for (old, new) in zip(before, State(of: try model.network).parameters) {
      moved += zip(old.elements, new.value.elements).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    }
    #expect(abs(moved.squareRoot() / report.parts[0].update - 1) < 1e-6)
    #expect(report.lossAfter < report.loss)
  }

  @Test("a further step takes other images, and training goes on from there")
  func again() throws {
    let images = try shapes().train
    let model = try tinyModel()
    let first = try step(model, on: images, plan: plan(batch: 8), run: Run(seed: 3))
    let second = try step(model, on: images, plan: plan(batch: 8), run: Run(seed: 3))
    #expect(first.images != second.images && first.epoch != second.epoch)
    #expect(model.history.steps.count == 2 && model.history.batch == 8)
    try train(model, on: images, plan: plan(epochs: 1, batch: 16), run: Run(seed: 3))
    #expect(model.history.steps.count == 6 && model.history.looseSteps == 0 && model.history.batch == 16)
    _ = try step(model, on: images, plan: plan(batch: 8), run: Run(seed: 3))
    #expect(model.history.looseSteps == 1 && model.history.batch == 16)
  }

  @Test("a rate that spoils the weights is undone; a batch that cannot be is refused")
  func refused() throws {
    let images = try shapes().train
    let model = try tinyModel()
    let before = parameters(model)
    var plan = plan(batch: 8)
    plan.rate = 1e38
    #expect(throws: Diverged.self) { try step(model, on: images, plan: plan, run: Run()) }
    #expect(parameters(model) == before)
    plan.batch = 1
    #expect(throws: TrainingError.smallBatch(1)) { try step(model, on: images, plan: plan, run: Run()) }
    let interrupt = Interrupt()
    interrupt.request()
    plan.batch = 8
    #expect(throws: Interrupted.self) {
      try step(model, on: images, plan: plan, run: Run(interrupt: interrupt))
    }
    #expect(parameters(model) == before)
  }
}
