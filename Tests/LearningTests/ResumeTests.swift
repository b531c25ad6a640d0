import Base
import Foundation
import Images
import Learning
import Networks
import Synchronization
import Tensors
import Testing

@Suite("Training that goes on")
struct ResumeTests {
  private func temporary() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("resume-\(UUID()).safetensors").path
  }

  private func reopened(_ model: ContrastiveModel) throws -> ContrastiveModel {
    let path = temporary()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.save(to: path)
    return try ContrastiveModel.open(path)
  }

  @Test(
    "after an interrupt, a save and an open the model becomes the one that was never stopped, to the bit",
    arguments: TrainingPlan.Rule.allCases, [false, true])
  func bits(rule: TrainingPlan.Rule, isTransformer: Bool) throws {
    let images = try shapes().train
    var plan = plan(epochs: 3, batch: 16)
    plan.rule = rule
    plan.chunk = isTransformer ? nil : 8
    plan.warmup = 1
    plan.weightDecay = 1e-4
    let make = { isTransformer ? try vision() : try tinyModel() }
    let whole = try make()
    // Not the first training of the model.
    var first = plan
    first.epochs = 1
    try train(whole, on: images, plan: first, run: Run(seed: 4))
    try train(whole, on: images, plan: plan, run: Run(seed: 3))
    // In the first epoch, at the end of one, in the last.
    for stops in [[1], [4], [11], [2, 5, 1]] {
      var model = try make()
      try train(model, on: images, plan: first, run: Run(seed: 4))
      for (place, step) in stops.enumerated() {
        let stop = StopAt(step: step)
        let run = Run(seed: 3, interrupt: stop.interrupt, onProgress: stop.report)
        #expect(throws: Interrupted.self) {
          if place == 0 {
            try train(model, on: images, plan: plan, run: run)
          } else {
            try resumeTraining(model, on: images, run: run)
          }
        }
        #expect(model.interruptedTraining?.stepCount == 12)
        model = try reopened(model)
      }
      try resumeTraining(model, on: images, run: Run(seed: 3))
      #expect(weights(model) == weights(whole))
      #expect(model.history.steps.map(\.loss) == whole.history.steps.map(\.loss))
      #expect(model.history.steps.map(\.rate) == whole.history.steps.map(\.rate))
      #expect(model.history.epochs.map(\.loss) == whole.history.epochs.map(\.loss))
      #expect(model.history.epochs.map(\.stepsSoFar) == [4, 8, 12, 16])
      #expect(model.interruptedTraining == nil)
    }
  }

  @Test("what an interrupt kept from being measured is measured, and nothing twice")
  func watched() throws {
    let data = try shapes()
    let interrupt = Interrupt()
    let calls = Atomic(0)
    let monitor = Monitor { observation in
      if calls.add(1, ordering: .relaxed).newValue == 2 { interrupt.request() }
      return [Reading(Metric("mean"), Double(try observation.outputs().h[0]))]
    }
    let watch = Watch([monitor], held: try data.train.sample(20, seed: 1))
    let (model, whole) = (try tinyModel(), try tinyModel())
    #expect(throws: Interrupted.self) {
      try train(
        model, on: data.train, plan: plan(epochs: 2), watch: watch, run: Run(seed: 3, interrupt: interrupt))
    }
    #expect(model.history.measurements.map(\.epoch) == [0] && model.interruptedTraining?.done == 4)
    try resumeTraining(model, on: data.train, watch: watch, run: Run(seed: 3))
    #expect(model.history.measurements.map(\.epoch) == [0, 1, 2])
    try train(whole, on: data.train, plan: plan(epochs: 2), watch: watch, run: Run(seed: 3))
    #expect(model.history.measurements.map(\.readings) == whole.history.measurements.map(\.readings))
  }

  @Test("is refused after anything else, and on other images")
  func refused() throws {
    let data = try shapes()
    func stopped() throws -> ContrastiveModel {
      let model = try tinyModel()
      let stop = StopAt(step: 2)
      let run = Run(seed: 3, interrupt: stop.interrupt, onProgress: stop.report)
      #expect(throws: Interrupted.self) { try train(model, on: data.train, plan: plan(), run: run) }
      return model
    }
    let other = try Shapes.generate(count: 64, test: 20, size: 16, seed: 6, run: Run()).train
    #expect(throws: TrainingError.otherImages(other.name, count: data.train.count)) {
      try resumeTraining(stopped(), on: other, run: Run(seed: 3))
    }
    let stepped = try stopped()
    _ = try step(stepped, on: data.train, plan: plan(), run: Run(seed: 1))
    let trained = try stopped()
    try train(trained, on: data.train, plan: plan(epochs: 1), run: Run(seed: 1))
    for model in [try tinyModel(), stepped, trained] {
      #expect(throws: TrainingError.notInterrupted) {
        try resumeTraining(model, on: data.train, run: Run(seed: 3))
      }
    }
  }

  @Test("a file whose training cannot have been is refused")
  func damaged() throws {
    let data = try shapes()
    let model = try tinyModel()
    let stop = StopAt(step: 2)
    let run = Run(seed: 3, interrupt: stop.interrupt, onProgress: stop.report)
    #expect(throws: Interrupted.self) { try train(model, on: data.train, plan: plan(), run: run) }
    let path = temporary()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.save(to: path)
    let bytes = Array(try unsealed(path))
    #expect(try ContrastiveModel.open(path).interruptedTraining == model.interruptedTraining)
    for (old, new) in [
      ("\\\"done\\\":2", "\\\"done\\\":3"), ("\\\"done\\\":2", "\\\"done\\\":0"),
      ("\\\"batch\\\":16", "\\\"batch\\\":99"), ("\\\"version\\\":1", "\\\"version\\\":7"),
      ("\\\"rule\\\":\\\"adam\\\"", "\\\"rule\\\":\\\"oops\\\""),
      ("training.conv1.weight.mean", "training.conv1.weight.meat"),
    ] {
      var changed = bytes
      let (from, to) = (Array(old.utf8), Array(new.utf8))
      // The batch of the plan, not of the history, which stands before it in the card.
      let places = changed.indices.filter { changed[$0...].starts(with: from) }
      let place = try #require(places.last, "\(old)")
      changed.replaceSubrange(place..<place + from.count, with: to)
      try Data(changed).write(to: URL(fileURLWithPath: path))
      #expect("\(new)") {
        try ContrastiveModel.open(path)
      } throws: {
        $0 is ModelFileError || $0 is WeightFileError
      }
    }
  }
}
