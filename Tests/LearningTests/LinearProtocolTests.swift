import Base
import Foundation
import Images
import Learning
import Networks
import Tensors
import Testing

@Suite("Linear evaluation on views through a frozen encoder")
struct LinearProtocolTests {
  private func model() throws -> ContrastiveModel {
    let model = try normalisedModel()
    try train(model, on: try shapes().train, plan: plan(epochs: 1), run: Run(seed: 9))
    return model
  }

  private func linear(epochs: Int = 5, batch: Int = 24) -> LinearPlan {
    var plan = LinearPlan()
    (plan.epochs, plan.batch, plan.rate) = (epochs, batch, 0.05)
    return plan
  }

  @Test(
    "without augmentation it is softmax regression on the embedding by gradient descent with momentum, as in double precision",
    arguments: Schedule.Shape.allCases)
  func reference(shape: Schedule.Shape) throws {
    let (images, model) = (try shapes().train, try model())
    let labels = try #require(images.labels)
    var plan = linear()
    (plan.augmentation, plan.schedule, plan.weightDecay) = (.none, shape, 0.01)
    let run = Run(seed: 6)
    let classifier = try Classifier(onViewsOf: images, labels: labels, with: model, plan: plan, run: run)
    // The same by hand, from the same start and in the same order.
    let h = try embed(images, with: model, run: Run())
    let (width, classes) = (h.shape[1], images.classes.count)
    var random = run.random("classifier")
    let start = Linear(inputs: width, outputs: classes, random: &random)
    var w = start.weight.value.elements.map(Double.init) + start.bias!.value.elements.map(Double.init)
    var velocity = [Double](repeating: 0, count: w.count)
    var losses: [Double] = []
    let stepsPerEpoch = 3
    for epoch in 0..<plan.epochs {
      var stream = run.random("classifier order", epoch)
      let order = stream.permutation(images.count)
      var sum = 0.0
      for (place, first) in stride(from: 0, to: images.count, by: plan.batch).enumerated() {
        let rows = order[first..<min(images.count, first + plan.batch)]
        var gradient = [Double](repeating: 0, count: w.count)
        for row in rows {
          let x = (0..<width).map { Double(h[row * width + $0]) }
          let scores = (0..<classes).map { c in
            (0..<width).reduce(w[classes * width + c]) { $0 + w[c * width + $1] * x[$1] }
          }
          let most = scores.max()!
          let total = scores.reduce(0) { $0 + exp($1 - most) }
          sum += log(total) + most - scores[labels[row]]
          for c in 0..<classes {
            let d = (exp(scores[c] - most) / total - (c == labels[row] ? 1 : 0)) / Double(rows.count)
            for at in 0..<width { gradient[c * width + at] += d * x[at] }
            gradient[classes * width + c] += d
          }
        }
        let rate = Double(
          Schedule(shape).rate(
            step: epoch * stepsPerEpoch + place, of: plan.epochs * stepsPerEpoch, peak: 0.05))
        for at in w.indices {
          let decay = at < classes * width ? 0.01 * w[at] : 0
          velocity[at] = 0.9 * velocity[at] + gradient[at] + decay
          w[at] -= rate * velocity[at]
        }
      }
      losses.append(sum / Double(images.count))
    }
    #expect(classifier.hidden == 0 && classifier.width == width && classifier.losses.count == 5)
    #expect(
      zip(classifier.losses, losses).allSatisfy { abs($0 - $1) < 1e-4 }, "\(classifier.losses) \(losses)")
    let scores = try classifier.scores(.matrix(h), run: Run())
    for row in [0, 40] {
      for c in 0..<classes {
        let expected = (0..<width).reduce(w[classes * width + c]) {
          $0 + w[c * width + $1] * Double(h[row * width + $1])
        }
        #expect(abs(Double(scores[row * classes + c]) - expected) < 1e-3)
      }
    }
  }

  @Test(
    "the model stays as it is, each epoch has views of its own, and the bits are those of any number of workers"
  )
  func views() throws {
    let (images, model) = (try shapes().train, try model())
    let labels = try #require(images.labels)
    let before = weights(model)
    func scores(_ plan: LinearPlan, workers: Int = 2) throws -> (losses: [Double], scores: [Float]) {
      let run = Run(seed: 6, workers: Workers(count: workers))
      let classifier = try Classifier(onViewsOf: images, labels: labels, with: model, plan: plan, run: run)
      let h = try embed(images, with: model, run: Run())
      return (classifier.losses, try classifier.scores(.matrix(h), run: run).elements)
    }
    let usual = try scores(linear())
    #expect(weights(model) == before)
    #expect(try scores(linear(), workers: 1) == usual && scores(linear(), workers: 3) == usual)
    // With a rate of nothing the layer stays: what differs from epoch to epoch is the views.
    var still = linear(epochs: 3)
    still.rate = 1e-30
    #expect(Set(try scores(still).losses.map { ($0 * 1e6).rounded() }).count == 3)
    still.augmentation = .none
    #expect(Set(try scores(still).losses.map { ($0 * 1e4).rounded() }).count == 1)
    #expect(usual.losses.last! < usual.losses[0])
  }

  @Test("it is refused without images or epochs, and an interrupt gives nothing")
  func refused() throws {
    let (images, model) = (try shapes().train, try model())
    let labels = try #require(images.labels)
    func classifier(_ plan: LinearPlan, _ run: Run = Run()) throws {
      _ = try Classifier(onViewsOf: images, labels: labels, with: model, plan: plan, run: run)
    }
    #expect(throws: ClassifierError.epochs(0)) { try classifier(linear(epochs: 0)) }
    #expect(throws: ClassifierError.batch(0)) { try classifier(linear(batch: 0)) }
    var wild = linear()
    wild.rate = 1e38
    #expect(throws: ClassifierError.self) { try classifier(wild) }
    let stop = StopAt(step: 4)
    #expect(throws: Interrupted.self) {
      try classifier(linear(), Run(seed: 1, interrupt: stop.interrupt, onProgress: stop.report))
    }
    // Nobody has the model for himself any longer.
    _ = try embed(images, with: model, run: Run())
  }
}
