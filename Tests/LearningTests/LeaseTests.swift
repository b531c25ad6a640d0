import Base
import Foundation
import Images
import Learning
import Synchronization
import Tensors
import Testing

/// A model that several threads are given on purpose.
private struct Shared: @unchecked Sendable {
  // Sendable: that the model refuses a second thread is what is tested.
  let model: ContrastiveModel
  let images: ImageSet
}

/// Everything that reads or changes the weights of a model.
private enum Reader: String, CaseIterable, Sendable {
  case train, step, embed, embedProjections, observe, save

  func call(_ shared: Shared) throws {
    let (model, images, run) = (shared.model, shared.images, Run(workers: Workers(count: 1)))
    switch self {
    case .train: try Learning.train(model, on: images, plan: plan(epochs: 1), run: run)
    case .step: _ = try Learning.step(model, on: images, plan: plan(), run: run)
    case .embed: _ = try Learning.embed(images, with: model, run: run)
    case .embedProjections: _ = try Learning.embed(images, with: model, output: .z, run: run)
    case .observe: _ = try Learning.observe(model, on: images, run: run) { try $0.views() }
    case .save:
      let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors").path
      defer { try? FileManager.default.removeItem(atPath: path) }
      try model.save(to: path)
    }
  }
}

@Suite("One thread at a time works with a model")
struct LeaseTests {
  @Test("while one does, every reader on another is refused; afterwards none", arguments: Reader.allCases)
  fileprivate func refused(reader: Reader) throws {
    let shared = Shared(model: try tinyModel(), images: try shapes(16).train)
    func messageOnAnotherThread() throws -> String? {
      try Background {
        do {
          try reader.call(shared)
          return String?.none
        } catch {
          return "\(error)"
        }
      }.wait()
    }
    let refused = try shared.model.using { _ in try messageOnAnotherThread() }
    #expect(refused == "busy")
    #expect(try messageOnAnotherThread() == nil)
  }

  @Test("weights are not to be had outside: a lease that was kept ends the program at its first use")
  func keptLease() async {
    await #expect(processExitsWith: .failure) {
      let lease = try tinyModel().using { $0 }
      _ = lease.state
    }
  }

  @Test("the thread that works with a model may call every reader meanwhile", arguments: Reader.allCases)
  fileprivate func joins(reader: Reader) throws {
    let shared = Shared(model: try tinyModel(), images: try shapes(16).train)
    try shared.model.using { _ in try reader.call(shared) }
  }

  @Test("a look at a model keeps it as it is from its first output to its last")
  func observationHoldsTheModel() throws {
    let shared = Shared(model: try tinyModel(), images: try shapes(16).train)
    let run = Run()
    let message = try observe(shared.model, on: shared.images, run: run) { observation in
      _ = try observation.views()
      return try Background {
        do {
          try Reader.train.call(shared)
          return String?.none
        } catch {
          return "\(error)"
        }
      }.wait()
    }
    #expect(message == "busy")
    #expect(shared.model.history.steps.isEmpty)
  }
}
