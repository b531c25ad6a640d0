import Foundation
import Networks
import Tensors
import Testing

@Suite("A narrow ResNet18 with head and NT-Xent agrees with PyTorch")
struct TrainingAgainstPyTorchTests {
  /// What PyTorch computed in double precision (`Fixtures/make_fixtures.py`).
  private let reference: WeightFile

  init() throws { reference = try Weights.read(fixture("training.safetensors")) }

  @Test("the output and all gradients of one step", arguments: ResNet.Stem.allCases)
  func firstStep(stem: ResNet.Stem) throws {
    let model = try NarrowModel(stem: stem, from: reference)
    var tape = Tape(pass: Pass(), mode: .training)
    let z = model.network.forward(model.images, saving: &tape)
    let (loss, dz) = ntXent(z, temperature: 0.5)
    _ = model.network.backward(dz, from: &tape)
    #expect(tape.isEmpty)
    let expected = try #require(try reference.tensor("\(stem).losses.adam"))
    #expect(abs(loss - Double(expected[0])) < 1e-5)
    let output = largestError(z, try reference.tensor("\(stem).output"))
    #expect(output < 2e-5, "relative error of the output")
    // Through the same file: a kernel's gradient is turned as the kernel itself is.
    let gradients = try turned(gradientsOf: model.state)
    var worst = (error: 0.0, name: "")
    #expect(gradients.names.count == model.state.parameters.count && gradients.names.count > 40)
    for name in gradients.names where !name.contains("running") && !name.contains("tracked") {
      let error = largestError(
        try #require(try gradients.tensor(name)), try reference.tensor("\(stem).gradient.\(name)"))
      if !(error <= worst.error) { worst = (error, name) }
    }
    #expect(worst.error < 5e-4, "largest relative error of a gradient: in \(worst.name)")
  }

  @Test("the losses of ten steps, by Adam and by SGD", arguments: ResNet.Stem.allCases)
  func tenSteps(stem: ResNet.Stem) throws {
    for name in ["adam", "sgd"] {
      let model = try NarrowModel(stem: stem, from: reference)
      let optimizer: any Optimizer = name == "adam" ? Adam() : SGD(momentum: 0.9, weightDecay: 1e-2)
      let expected = try #require(try reference.tensor("\(stem).losses.\(name)"))
      for step in 0..<expected.count {
        let loss = model.step(optimizer, rate: name == "adam" ? 2e-4 : 5e-4)
        #expect(abs(loss / Double(expected[step]) - 1) < 1e-3, "step \(step) of \(name)")
      }
      guard name == "sgd" else { continue }
      var worst = (error: 0.0, name: "")
      #expect(model.state.entries.count { $0.name.contains("running") } > 20)
      for (name, entry) in model.state.entries where name.contains("running") || name.contains("tracked") {
        let error = largestError(entry.tensor, try reference.tensor("\(stem).after.\(name)"))
        if !(error <= worst.error) { worst = (error, name) }
      }
      #expect(worst.error < 1e-3, "largest relative error of a running statistic: in \(worst.name)")
      var tape = Tape(pass: Pass(), mode: .evaluation)
      let embedding = model.encoder.forward(model.images, saving: &tape)
      let error = largestError(embedding, try reference.tensor("\(stem).embedding"))
      #expect(error < 1e-3, "relative error of the embedding")
    }
  }

  /// The gradients of a state, as a weight file holds them.
  private func turned(gradientsOf state: State) throws -> WeightFile {
    var gradients = State()
    for (name, entry) in state.entries {
      if case .parameter(let parameter) = entry {
        gradients.add(name, parameter.gradient, as: state.format(of: name))
      }
    }
    let path = temporaryPath("gradients.safetensors")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Weights.write(gradients, to: path)
    return try Weights.read(path)
  }
}

/// The model of `make_fixtures.py`.
struct NarrowModel {
  let encoder: Network
  let network: Sequential
  let state: State
  let images: Tensor

  init(stem: ResNet.Stem, from reference: WeightFile) throws {
    images = try #require(try reference.tensor("\(stem).images"))
    encoder = try Network(.resnet(.resnet18, stem: stem, width: 6, size: images.shape[1]))
    let head = ProjectionHead(input: encoder.outputWidth, widths: [20, 10])
    network = Sequential(encoder, head)
    var state = State(of: encoder)
    head.collect(into: &state, prefix: "head.")
    self.state = state
    var (start, stemOnly) = (State(), State())
    for (name, entry) in state.entries {
      let isStem = name == "conv1.weight"
      let prefixed = isStem ? "\(stem).\(name)" : "start.\(name)"
      switch entry {
      case .parameter(let parameter) where isStem:
        stemOnly.add(prefixed, parameter, as: state.format(of: name))
      case .parameter(let parameter): start.add(prefixed, parameter, as: state.format(of: name))
      case .buffer(let buffer): start.add(prefixed, buffer, as: state.format(of: name))
      }
    }
    try reference.load(into: start)
    try reference.load(into: stemOnly)
  }

  /// One step of training; the loss before it.
  func step(_ optimizer: any Optimizer, rate: Float, pass: Pass = Pass()) -> Double {
    var tape = Tape(pass: pass, mode: .training)
    let (loss, dz) = ntXent(network.forward(images, saving: &tape), temperature: 0.5)
    _ = network.backward(dz, from: &tape)
    optimizer.step(state.parameters, rate: rate, workers: pass.workers)
    tape.commit()
    return loss
  }
}
