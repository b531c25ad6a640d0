import Base
import Foundation
import Networks
import Tensors
import Testing

@Suite("A whole training step")
struct StepTests {
  @Test("has the same bits with 1, 2 and 8 workers", arguments: ResNet.Stem.allCases)
  func deterministic(stem: ResNet.Stem) throws {
    let one = try trained(stem, workers: 1)
    #expect(one.allSatisfy { $0.isFinite })
    for workers in [2, 8] {
      let other = try trained(stem, workers: workers)
      #expect(other == one, "\(workers) workers")
    }
  }

  /// All numbers of a network after two steps.
  private func trained(_ stem: ResNet.Stem, workers: Int) throws -> [Float] {
    let run = Run(workers: Workers(count: workers))
    // 24 channels in the first stage make 192 in the last: enough for every way to compute a convolution.
    let model = try SmallModel(stem: stem, width: 24, size: 32, batch: 10)
    let optimizer = Adam(weightDecay: 1e-4)
    for step in 0..<2 { try model.step(step, optimizer, run: run) }
    return model.state.entries.flatMap(\.entry.tensor.elements)
  }

  @Test("looks for an interrupt between small pieces, and stopped at any of them changes nothing")
  func interrupt() throws {
    let run = Run()
    let model = try SmallModel(stem: .cifar, width: 32, size: 32, batch: 96)
    let before = model.state.entries.map(\.entry.tensor.elements)
    let many = 1 << 40
    run.interrupt.request(afterLooks: many)
    try model.step(0, SGD(), run: run, keeping: false)
    let looks = many - run.interrupt.looksLeft
    // A step of this size takes about a second of one core.
    #expect(looks > 1000)
    // Not the very last looks: how many workers share the looks out differs by a few.
    for stop in [0, 1, looks / 3, looks / 2, looks - looks / 20] {
      run.interrupt.request(afterLooks: stop)
      #expect(throws: Interrupted.self, "after \(stop) of \(looks) looks") {
        try model.step(0, SGD(), run: run, keeping: false)
      }
      #expect(model.state.entries.map(\.entry.tensor.elements) == before)
    }

    // The model is as good as before: its next step is that of a model that was never interrupted.
    model.state.clearGradients()
    let other = try SmallModel(stem: .cifar, width: 32, size: 32, batch: 96)
    for model in [model, other] { try model.step(0, SGD(), run: Run()) }
    #expect(
      zip(model.state.entries, other.state.entries).allSatisfy {
        $0.entry.tensor.elements == $1.entry.tensor.elements
      })
  }

  @Test("in evaluation repeats itself, whatever the batch, and keeps nothing")
  func evaluation() throws {
    let model = try SmallModel(stem: .cifar, width: 8, size: 16, batch: 6)
    for step in 0..<2 { try model.step(step, Adam(), run: Run()) }
    var tape = Tape(pass: Pass(), mode: .evaluation)
    let whole = model.encoder.forward(model.images, saving: &tape)
    #expect(tape.isEmpty)
    #expect(model.encoder.forward(model.images, saving: &tape).elements == whole.elements)
    let part = model.encoder.forward(model.images.rows(2..<5), saving: &tape)
    #expect(largestError(part, whole.rows(2..<5)) < 1e-5)
  }
}

/// A value that two threads share.
private final class Locked<Value>: @unchecked Sendable {
  // Sendable: every access holds the lock.
  private let lock = NSLock()
  private var stored: Value
  init(_ value: Value) { stored = value }
  var value: Value {
    get { lock.withLock { stored } }
    set { lock.withLock { stored = newValue } }
  }
}

/// An encoder with a head and random pictures.
struct SmallModel {
  let encoder: Network
  let network: Sequential
  let state: State
  let images: Tensor

  init(stem: ResNet.Stem, width: Int, size: Int, batch: Int) throws {
    encoder = try Network(.resnet(.resnet18, stem: stem, width: width, size: size), seed: 3)
    let head = ProjectionHead(input: encoder.outputWidth, widths: [32, 16], seed: 4)
    network = Sequential(encoder, head)
    var state = State(of: encoder)
    head.collect(into: &state, prefix: "head.")
    self.state = state
    images = random([batch, size, size, 3], seed: 5)
  }

  /// One step as a training loop makes it; `keeping: false` changes nothing at the end.
  func step(_ step: Int, _ optimizer: any Optimizer, run: Run, keeping: Bool = true) throws {
    var tape = try run.pass { pass in
      var tape = Tape(pass: pass, mode: .training, step: step)
      let z = network.forward(images, saving: &tape)
      let (_, dz) = z.isFinite ? ntXent(z, temperature: 0.5) : (0, z)
      _ = network.backward(dz, from: &tape)
      return tape
    }
    guard keeping else { return }
    optimizer.step(state.parameters, rate: 1e-3, workers: run.workers)
    tape.commit()
  }
}
