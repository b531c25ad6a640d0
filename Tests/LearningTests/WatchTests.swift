import Base
import Foundation
import Images
import Learning
import Networks
import Synchronization
import Tensors
import Testing

/// The mean of the held images' representations and projections, of their views' and of the test images'.
private func everything() -> Monitor {
  Monitor { observation in
    func mean(_ x: Tensor) -> Double { x.elements.reduce(0) { $0 + Double($1) } / Double(x.count) }
    let (held, views) = (try observation.outputs(), try observation.views())
    var readings = [
      Reading(Metric("h"), mean(held.h), chance: 0), Reading(Metric("z"), mean(held.z)),
      Reading(Metric("first"), mean(views.first.z)), Reading(Metric("second"), mean(views.second.h)),
      Reading(Metric("nothing"), .nan),
    ]
    if let test = try observation.testOutputs() { readings.append(Reading(Metric("test"), mean(test.h))) }
    return readings
  }
}

private func watch(_ data: DataSet, monitors: [Monitor] = [everything()]) throws -> Watch {
  Watch(monitors, held: try data.train.sample(20, seed: 1), test: data.test)
}

@Suite("Monitors")
struct WatchTests {
  @Test("watching changes no bit of the model, whatever the network", arguments: [false, true])
  func changesNothing(hasDropout: Bool) throws {
    let data = try shapes()
    let make = { hasDropout ? try vision() : try tinyModel() }
    let (plain, watched) = (try make(), try make())
    try train(plain, on: data.train, plan: plan(epochs: 3), run: Run(seed: 3))
    try train(watched, on: data.train, plan: plan(epochs: 3), watch: watch(data), run: Run(seed: 3))
    #expect(weights(watched) == weights(plain))
    #expect(watched.history.steps.map(\.loss) == plain.history.steps.map(\.loss))
    #expect(watched.normalisation == plain.normalisation)
    #expect(plain.history.measurements.isEmpty && plain.history.measured.isEmpty)
  }

  @Test(
    "each epoch has its numbers, and so has the model before the first; a number that is none is left out")
  func measurements() throws {
    let data = try shapes()
    let model = try tinyModel()
    try train(model, on: data.train, plan: plan(epochs: 3), watch: watch(data), run: Run(seed: 3))
    let history = model.history
    #expect(history.measurements.map(\.epoch) == [0, 1, 2, 3])
    #expect(history.measured.map(\.name) == ["h", "z", "first", "second", "test"])
    #expect(history.chance(Metric("h")) == 0 && history.chance(Metric("z")) == nil)
    #expect(history.curve(Metric("z")).epochs == [0, 1, 2, 3])
    #expect(Set(history.curve(Metric("z")).values).count == 4)
    #expect(history.epochs.allSatisfy { $0.rate! > 0 && $0.rate! < 1e-3 })
    #expect(history.epochs.map(\.stepsSoFar) == [4, 8, 12])
    // The latest is what a look at the trained model gives.
    let held = try embed(data.train.sample(20, seed: 1), with: model, output: .z, run: Run())
    let mean = held.elements.reduce(0) { $0 + Double($1) } / Double(held.count)
    #expect(history.measurements.last![Metric("z")] == mean)
    // Training again goes on, and measures the same epoch anew rather than twice.
    try train(model, on: data.train, plan: plan(epochs: 1), watch: watch(data), run: Run(seed: 3))
    #expect(model.history.measurements.map(\.epoch) == [0, 1, 2, 3, 4])
  }

  @Test("held views are the same at each epoch and for any number of workers")
  func repeats() throws {
    let data = try shapes()
    func numbers(workers: Int) throws -> [Reading] {
      let model = try tinyModel()
      let run = Run(seed: 3, workers: Workers(count: workers))
      try train(model, on: data.train, plan: plan(epochs: 1), watch: watch(data), run: run)
      return model.history.measurements.flatMap(\.readings)
    }
    #expect(try numbers(workers: 1) == numbers(workers: 3))
  }

  @Test(
    "an interrupt while something is measured keeps the model and its epoch, and no half of a measurement")
  func interrupted() throws {
    let data = try shapes()
    let (whole, stopped) = (try tinyModel(), try tinyModel())
    try train(whole, on: data.train, plan: plan(epochs: 1), run: Run(seed: 3))
    let interrupt = Interrupt()
    let calls = Atomic(0)
    let stopping = Monitor { observation in
      if calls.add(1, ordering: .relaxed).newValue == 2 { interrupt.request() }
      return [Reading(Metric("mean"), Double(try observation.outputs().h[0]))]
    }
    #expect(throws: Interrupted.self) {
      try train(
        stopped, on: data.train, plan: plan(epochs: 1), watch: watch(data, monitors: [stopping]),
        run: Run(seed: 3, interrupt: interrupt))
    }
    #expect(stopped.history.measurements.map(\.epoch) == [0])
    #expect(stopped.history.epochs.count == 1)
    #expect(weights(stopped) == weights(whole))
  }

  @Test("what was measured is told once, beside the chance level of the loss")
  func reports() throws {
    final class Told: Sendable {
      let all = Mutex<[Base.Progress]>([])
    }
    let told = Told()
    let data = try shapes()
    let run = Run(onProgress: { progress in told.all.withLock { $0.append(progress) } })
    try train(tinyModel(), on: data.train, plan: plan(epochs: 2), watch: watch(data), run: run)
    let all = told.all.withLock { $0 }
    let measured = all.filter { !$0.measured.isEmpty }
    #expect(measured.map(\.completed) == [0, 64, 128])
    #expect(measured.allSatisfy { $0.measured.map(\.metric.name) == ["h", "z", "first", "second", "test"] })
    #expect(all.last?.completed == all.last?.total)
    #expect(all.allSatisfy { $0.title == "Training" && $0.epoch?.count == 2 })
    let readings = all.dropFirst(2).map { $0.readings.map(\.metric) }
    #expect(readings.count > 4 && readings.allSatisfy { $0 == [.loss, .top1] })
    #expect(all.compactMap(\.curve).allSatisfy { $0.chance == log(31.0) })
    #expect(measured[1].measured.map(\.chance) == [0, nil, nil, nil, nil])
  }

  @Test(
    "progress tells the mean of the epoch so far, which at its end is the history's, and the latest step beside it"
  )
  func means() throws {
    final class Told: Sendable {
      let all = Mutex<[Base.Progress]>([])
    }
    let told = Told()
    let data = try shapes()
    let run = Run(onProgress: { progress in told.all.withLock { $0.append(progress) } })
    let model = try tinyModel()
    try train(model, on: data.train, plan: plan(epochs: 2), run: run)
    let all = told.all.withLock { $0 }.filter { $0.completed > 0 }
    let history = model.history
    let perEpoch = history.steps.count / 2
    #expect(perEpoch > 1 && all.map { $0.curve?.value } == history.steps.map(\.loss))
    for (place, progress) in all.enumerated() {
      let soFar = history.steps[(place / perEpoch * perEpoch)...place].map(\.loss)
      let mean = soFar.reduce(0, +) / Double(soFar.count)
      #expect(abs(try #require(progress.readings.first).value - mean) < 1e-12)
    }
    for (number, epoch) in history.epochs.enumerated() {
      let last = all[(number + 1) * perEpoch - 1]
      #expect(last.readings.map(\.value) == [epoch.loss] + epoch.metrics)
    }
  }

  @Test("measurements are kept in a model's file, and files without them still open")
  func files() throws {
    let data = try shapes()
    let model = try tinyModel()
    try train(model, on: data.train, plan: plan(epochs: 1), watch: watch(data), run: Run())
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("watched-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.save(to: path)
    let again = try ContrastiveModel.open(path)
    #expect(again.history.measurements.flatMap(\.readings) == model.history.measurements.flatMap(\.readings))
    let old = """
      {"batch": 16, "steps": [{"loss": 2.5, "top1": 0.1, "rate": 0.01}],
       "epochs": [{"number": 1, "loss": 2.5, "top1": 0.1, "seconds": 1.5, "imagesPerSecond": 10}]}
      """
    let history = try JSONDecoder().decode(StoredHistory.self, from: Data(old.utf8)).history(
      from: Weights.read(path))
    #expect(history.epochs.first?.loss == 2.5 && history.epochs.first?.rate == nil)
    #expect(history.measurements.isEmpty && history.looseSteps == 0)
  }
}
