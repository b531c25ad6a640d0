import Foundation
import Networks
import Tensors
import Testing

@Suite("Optimisers, schedules and running statistics")
struct TrainingRuleTests {
  @Test("Adam agrees with its formula in double precision, from tiny gradients to huge ones")
  func adam() {
    let count = 4099
    let start = random([count], seed: 1)
    let decayed = Parameter(start.copy(), decays: true), spared = Parameter(start.copy(), decays: false)
    var references = [AdamInDouble(start, decay: 0.01), AdamInDouble(start, decay: 0)]
    let optimizer = Adam(weightDecay: 0.01)
    for step in 1...5 {
      let gradient = random([count], seed: UInt64(step + 1))
      // 1e-12 to 1e6
      for at in 0..<count { gradient[at] *= Float(pow(10.0, Double(at % 19) - 12)) }
      for parameter in [decayed, spared] {
        parameter.gradient.pointer.update(from: gradient.pointer, count: count)
      }
      optimizer.step([decayed, spared], rate: 1e-2, workers: .shared)
      for index in references.indices { references[index].step(gradient.elements, rate: 1e-2) }
    }
    for (parameter, reference) in zip([decayed, spared], references) {
      let worst = zip(parameter.value.elements, reference.values).map { abs(Double($0) - $1) }.max()
      #expect(worst ?? .infinity < 2e-6)
    }
  }

  @Test("SGD agrees with its formula, and leaves alone what does not decay")
  func sgd() {
    let parameter = Parameter(Tensor([3], [1, 2, 3]), decays: true)
    let spared = Parameter(Tensor([3], [1, 2, 3]), decays: false)
    let optimizer = SGD(momentum: 0.5, weightDecay: 0.1)
    for _ in 0..<2 {
      for parameter in [parameter, spared] { parameter.gradient.fill(1) }
      optimizer.step([parameter, spared], rate: 0.1, workers: .shared)
    }
    // 1 → 1 − 0.1·1.1 = 0.89 → 0.89 − 0.1·(0.5·1.1 + 1.089) = 0.7261
    #expect(abs(parameter.value[0] - 0.7261) < 1e-6)
    // 1 → 0.9 → 0.9 − 0.1·1.5 = 0.75
    #expect(abs(spared.value[0] - 0.75) < 1e-6)
  }

  @Test("LARS gives each parameter a rate by its norms, as in double precision, and spares biases")
  func lars() {
    // More than one piece, and a tail.
    let count = (1 << 15) + 1003
    let parameter = Parameter(random([count], seed: 1), decays: true)
    let bias = Parameter(random([7], seed: 2), decays: false)
    let still = Parameter(Tensor([5]), decays: true)
    let (start, startOfBias) = (parameter.value.elements.map { Double($0) }, bias.value.elements)
    let rule = LARS(momentum: 0.9, weightDecay: 0.01, trust: 0.02)
    var (weights, velocity) = (start, [Double](repeating: 0, count: count))
    for step in 0..<3 {
      let gradient = random([count], seed: UInt64(10 + step))
      parameter.gradient.pointer.update(from: gradient.pointer, count: count)
      bias.gradient.fill(0.5)
      let g = zip(gradient.elements, weights).map { Double($0) + 0.01 * $1 }
      let norm = { (values: [Double]) in values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
      let rate = 0.3 * 0.02 * norm(weights) / norm(g)
      velocity = zip(velocity, g).map { 0.9 * $0 + rate * $1 }
      weights = zip(weights, velocity).map { $0 - $1 }
      rule.step([parameter, bias, still], rate: 0.3, workers: .shared)
    }
    let worst = zip(parameter.value.elements, weights).map { abs(Double($0) - $1) }.max()!
    #expect(worst < 1e-6)
    // 0.15, then 0.15·1.9, then 0.15·2.71.
    for (now, before) in zip(bias.value.elements, startOfBias) {
      #expect(abs(before - now - 0.15 * 5.61) < 1e-5)
    }
    #expect(still.value.elements.allSatisfy { $0 == 0 })
    #expect([parameter, bias].allSatisfy { $0.gradient.elements.allSatisfy { $0 == 0 } })
  }

  @Test("Adam counts the updates that a parameter has had, so one that was frozen begins as another did")
  func thawed() {
    let optimizer = Adam()
    let (usual, thawed) = (
      Parameter(Tensor([1], [1]), decays: false), Parameter(Tensor([1], [1]), decays: false)
    )
    var values: [Float] = []
    for step in 0..<8 {
      thawed.pace = step < 5 ? .frozen : .times(1, since: 5)
      for parameter in [usual, thawed] { parameter.gradient.fill(Float(step < 5 ? step + 1 : step - 4)) }
      optimizer.step([usual, thawed], rate: 0.1, workers: .shared)
      values.append(usual.value[0])
      if step < 5 { #expect(thawed.value[0] == 1 && thawed.gradient[0] == 0) }
    }
    // The gradients were 1, 2 and 3, as the first ones of the other.
    #expect(thawed.value[0] == values[2])
    // Two first steps of the rate, whatever the gradient.
    #expect(abs(values[0] - 0.9) < 1e-6)
  }

  @Test("the rate by steps is the peak, a tenth and a hundredth of it")
  func steps() {
    let rates = (0..<100).map { Schedule(.steps).rate(step: $0, of: 100, peak: 2) }
    #expect(rates[0] == 2 && rates[59] == 2 && rates[60] == 0.2 && rates[79] == 0.2)
    #expect(rates[80] == 0.02 && rates[99] == 0.02)
    #expect(Schedule(.steps, warmUp: 0.1).rate(step: 4, of: 100, peak: 2) == 1)
    #expect(Schedule(.steps).rate(step: 0, of: 0, peak: 2).isFinite)
  }

  @Test("the learning rate rises, then falls to nearly nothing")
  func schedule() {
    let cosine = Schedule.cosine(warmUp: 0.1)
    let rates = (0..<100).map { cosine.rate(step: $0, of: 100, peak: 2) }
    #expect(rates[0] == 0.2)
    #expect(rates[9] == 2)
    #expect(rates[10] == 2)
    #expect(abs(rates[55] - 1) < 1e-6)
    #expect(rates[99] < 0.001 && rates[99] > 0)
    #expect(zip(rates[10...], rates[11...]).allSatisfy { $0 > $1 })
    #expect(
      (0..<7).map { Schedule.constant.rate(step: $0, of: 7, peak: 0.5) } == Array(repeating: 0.5, count: 7))
    for strange in [
      Schedule(.cosine, warmUp: .nan), Schedule(.cosine, warmUp: 7), Schedule(.cosine, warmUp: -1),
    ] {
      for (step, count) in [(0, 0), (0, 1), (5, 1), (-1, 10)] {
        #expect(strange.rate(step: step, of: count, peak: 1).isFinite)
      }
    }
  }

  @Test("running statistics move a tenth of the way, only when the step is kept, and rule in evaluation")
  func runningStatistics() {
    let (rows, channels) = (70, 11)
    let layer = BatchNorm(channels: channels)
    let x = random([rows, channels], seed: 3)
    // A mean that is large beside the spread loses its digits where squares are summed carelessly.
    for at in 0..<x.count { x[at] = x[at] * 0.01 + Float(at % channels) * 100 }
    var tape = Tape(pass: Pass(), mode: .training)
    let y = layer.forward(x, saving: &tape)
    #expect(layer.runningMean.elements.allSatisfy { $0 == 0 })
    tape.commit()
    #expect(layer.batches[0] == 1)
    let deviation = { (values: [Double]) -> (mean: Double, square: Double) in
      let mean = values.reduce(0, +) / Double(values.count)
      return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
    }
    for channel in 0..<channels {
      let (mean, square) = deviation((0..<rows).map { Double(x[$0 * channels + channel]) })
      #expect(abs(Double(layer.runningMean[channel]) - 0.1 * mean) < 1e-5 * max(1, abs(mean)))
      #expect(abs(Double(layer.runningVariance[channel]) - 0.9 - 0.1 * square / Double(rows - 1)) < 1e-6)
      let scale = 1 / (square / Double(rows) + 1e-5).squareRoot()
      for row in 0..<rows {
        let expected = (Double(x[row * channels + channel]) - mean) * scale
        #expect(abs(Double(y[row * channels + channel]) - expected) < 2e-2)
      }
    }
    var evaluation = Tape(pass: Pass(), mode: .evaluation)
    let z = layer.forward(x, saving: &evaluation)
    let expected = (x[0] - layer.runningMean[0]) / (layer.runningVariance[0] + 1e-5).squareRoot()
    #expect(abs(z[0] - expected) < 1e-5)
    evaluation.commit()
    #expect(layer.batches[0] == 1)
  }
}

/// Adam by its formula.
private struct AdamInDouble {
  var values: [Double]
  private var means: [Double]
  private var squares: [Double]
  private var steps = 0.0
  private let decay: Double

  init(_ start: Tensor, decay: Double) {
    values = start.elements.map(Double.init)
    means = values.map { _ in 0 }
    squares = means
    self.decay = decay
  }

  mutating func step(_ gradient: [Float], rate: Double) {
    steps += 1
    for at in values.indices {
      let g = Double(gradient[at]) + decay * values[at]
      means[at] = 0.9 * means[at] + 0.1 * g
      squares[at] = 0.999 * squares[at] + 0.001 * g * g
      let deviation = (squares[at] / (1 - pow(0.999, steps))).squareRoot()
      values[at] -= rate * means[at] / (1 - pow(0.9, steps)) / (deviation + 1e-8)
    }
  }
}
