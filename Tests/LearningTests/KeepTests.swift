import Base
import Foundation
import Images
import Learning
import Networks
import Synchronization
import Tensors
import Testing

/// Trainings that a file keeps, stopped and gone on with by models that know nothing but the file.
@Suite("Trainings that are kept")
struct KeepTests {
  private let folder: String
  private var path: String { "\(folder)/night.safetensors" }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("keep-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// Requests an interrupt once so many images have been trained on.
  private static func run(seed: UInt64 = 3, until images: Int? = nil) -> Run {
    let interrupt = Interrupt()
    return Run(seed: seed, interrupt: interrupt) { progress in
      if let images, progress.completed >= images { interrupt.request() }
    }
  }

  /// What a run of the cell comes to: its notes, and whether it was interrupted.
  private func train(
    _ model: ContrastiveModel, _ images: ImageSet, _ plan: TrainingPlan, _ keep: Keep? = nil,
    watch: Watch? = nil,
    seed: UInt64 = 3, until stop: Int? = nil
  ) throws -> (notes: [String], isInterrupted: Bool) {
    var notes: [String] = []
    do {
      try Learning.train(
        model, on: images, plan: plan, keep: keep ?? Keep(path), watch: watch,
        run: Self.run(seed: seed, until: stop)
      ) { note in
        switch note {
        case .continues(let epoch, let epochs, _): notes.append("\(epoch) of \(epochs)")
        case .isFinished(let epochs, _): notes.append("finished \(epochs)")
        case .extends(let from, let to): notes.append("\(from) to \(to)")
        case .failed(let error): notes.append("\(error)")
        }
      }
      return (notes, false)
    } catch is Interrupted {
      return (notes, true)
    }
  }

  /// All tensors and columns of a file, to the bit, without what the clock says.
  private func contents(_ path: String) throws -> [String: [UInt32]] {
    let file = try Weights.read(path)
    var found: [String: [UInt32]] = [:]
    for name in file.names where !["seconds", "images_per_second", "waited"].contains(where: name.hasSuffix) {
      if let column = file.column(name) {
        found[name] = column.flatMap {
          [UInt32(truncatingIfNeeded: $0.bitPattern), UInt32($0.bitPattern >> 32)]
        }
      } else {
        found[name] = try file.tensor(name)?.elements.map(\.bitPattern)
      }
    }
    return found
  }

  private func areEqual(_ a: ContrastiveModel, _ b: ContrastiveModel) -> Bool { weights(a) == weights(b) }

  /// Names of what is not the same; all numbers of both would fill pages.
  private func differing(_ a: [String: [UInt32]], _ b: [String: [UInt32]]) -> [String] {
    Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
  }

  /// Monitors that draw nothing, and one that does.
  private func watch(_ images: ImageSet) throws -> Watch {
    let mean = Monitor {
      [
        Reading(.alignment, Double(try $0.outputs().h[0])),
        Reading(.spread, Double(try $0.views().first.z[1])),
      ]
    }
    return Watch([mean], held: try images.sample(12, seed: 1), mapped: 6)
  }

  /// Compares a training that is stopped after 3 of 6 epochs and within them with one that is not: the files at a later stop, with
  /// optimiser and all, and the files at the end.
  private func compare(
    _ make: () throws -> ContrastiveModel, _ plan: TrainingPlan, on images: ImageSet, isWatched: Bool = false,
    stops: [Int]
  ) throws {
    let watch = isWatched ? try watch(images) : nil
    let keep = Keep(path, best: isWatched ? .alignment : nil)
    let perStop = plan.batch
    // One that only the last stop touches.
    #expect(try train(make(), images, plan, keep, watch: watch, until: stops.last! * perStop).isInterrupted)
    let late = try contents(path)
    #expect(try train(make(), images, plan, keep, watch: watch).isInterrupted == false)
    let end = try contents(path)
    try FileManager.default.removeItem(atPath: path)
    // And one that is stopped at each, by models of their own.
    for stop in stops {
      #expect(try train(make(), images, plan, keep, watch: watch, until: stop * perStop).isInterrupted)
    }
    let found = try contents(path)
    #expect(differing(found, late) == [] && found.keys.contains { $0.hasPrefix("training.") })
    let last = try make()
    #expect(try train(last, images, plan, keep, watch: watch).isInterrupted == false)
    #expect(try differing(contents(path), end) == [] && !end.keys.contains { $0.hasPrefix("training.") })
    // The file is the model, and nothing else is left.
    #expect(try areEqual(ContrastiveModel.open(path), last) && names == ["night.safetensors"])
    // One that nothing kept is no other.
    let plain = try make()
    try Learning.train(plain, on: images, plan: plan, watch: watch, run: Run(seed: 3))
    #expect(areEqual(plain, last))
    #expect(plain.history.steps.map(\.loss) == last.history.steps.map(\.loss))
    #expect(plain.history.measurements.map(\.readings) == last.history.measurements.map(\.readings))
  }

  @Test(
    "three epochs, a stop and three more are six epochs to the bit",
    arguments: TrainingPlan.Rule.allCases, ["normalisation", "dropout", "chunks", "alone", "monitors"])
  func bits(rule: TrainingPlan.Rule, way: String) throws {
    let images = try shapes(48).train
    var plan = plan(epochs: 6, batch: 16)
    plan.rule = rule
    plan.warmup = 1
    plan.weightDecay = 1e-4
    plan.clip = 5
    if way == "chunks" { plan.chunk = 8 }
    if way == "alone" { plan.views = .alone }
    try compare(
      { way == "dropout" ? try vision() : way == "alone" ? try normalisedModel() : try tinyModel() }, plan,
      on: images,
      isWatched: way == "monitors", stops: [9, 14])
  }

  @Test("every method goes on to the bit, with all that it keeps", arguments: methodCases.map(\.name))
  func methods(name: String) throws {
    let made = try #require(methodCases.first { $0.name == name }).make
    func make() throws -> ContrastiveModel {
      var random = RandomStream(seed: 4)
      let encoder = try Network(ownEncoder(of: name) ?? .cnn(width: 4, size: 16), random: &random)
      return ContrastiveModel(encoder: encoder, method: try made(encoder, &random), augmentation: .simclr)
    }
    try compare(make, plan(epochs: 3, batch: 11), on: try shapes(48).train, stops: [2, 5, 9])
  }

  @Test("a supervised model meets its classes again") func supervised() throws {
    func make() throws -> ContrastiveModel {
      var random = RandomStream(seed: 4)
      let encoder = try Network(.cnn(width: 4, size: 16), random: &random)
      return ContrastiveModel(
        encoder: encoder, method: SupervisedMethod(inputWidth: encoder.outputWidth, seed: 2),
        augmentation: .simclr)
    }
    try compare(make, plan(epochs: 3, batch: 16), on: try shapes(48).train, stops: [2, 5])
  }

  @Test("the same model goes on where the file stands, and a second training where the first ended")
  func sameModel() throws {
    let images = try shapes().train
    let (first, second) = (try tinyModel(), try tinyModel())
    #expect(try train(first, images, plan(epochs: 3), until: 5 * 16).isInterrupted)
    #expect(first.interruptedTraining?.done == 5)
    // Further than the file, by hand.
    #expect(throws: Interrupted.self) {
      try resumeTraining(first, on: images, run: Self.run(until: 8 * 16))
    }
    let end = try train(first, images, plan(epochs: 3))
    #expect(end.notes == ["2 of 3"] && !end.isInterrupted)
    #expect(try train(first, images, plan(epochs: 3)).notes == ["finished 3"])
    let next = Keep("\(folder)/second.safetensors")
    #expect(try train(first, images, plan(epochs: 2), next, until: 3 * 16).isInterrupted)
    // The notebook from its beginning, in another kernel.
    #expect(try train(second, images, plan(epochs: 3)).notes == ["finished 3"])
    #expect(try train(second, images, plan(epochs: 2), next).notes == ["1 of 2"])
    let whole = try tinyModel()
    try Learning.train(whole, on: images, plan: plan(epochs: 3), run: Run(seed: 3))
    try Learning.train(whole, on: images, plan: plan(epochs: 2), run: Run(seed: 3))
    #expect(areEqual(second, whole) && second.history.epochs.count == 5)
    // What has been trained otherwise since is not that model any more.
    let error = #expect(throws: KeepError.self) { try train(second, images, plan(epochs: 3)) }
    #expect(error == .otherTraining(path, [.weights(isTrained: true)]))
  }

  @Test("more epochs than a finished training had are a second training of those that are more")
  func longer() throws {
    let images = try shapes().train
    _ = try train(tinyModel(), images, plan(epochs: 2))
    let model = try tinyModel()
    let first = try train(model, images, plan(epochs: 5), until: 6 * 16)
    #expect(first.notes == ["2 to 5"] && first.isInterrupted)
    let again = try tinyModel()
    #expect(try train(again, images, plan(epochs: 5)).notes == ["4 of 5"])
    #expect(try train(tinyModel(), images, plan(epochs: 5)).notes == ["finished 5"])
    let whole = try tinyModel()
    for epochs in [2, 3] {
      try Learning.train(whole, on: images, plan: plan(epochs: epochs), run: Run(seed: 3))
    }
    #expect(areEqual(again, whole))
    #expect(again.history.steps.map(\.rate) == whole.history.steps.map(\.rate))
    let error = #expect(throws: KeepError.self) { try train(tinyModel(), images, plan(epochs: 4)) }
    #expect(error == .otherTraining(path, [.epochs(5, here: 4, isFinished: true)]))
    // Anew from the model as it is.
    let fresh = try tinyModel()
    #expect(try train(fresh, images, plan(epochs: 2), Keep(path, isFresh: true)).notes == [])
    #expect(try ContrastiveModel.open(path).history.epochs.count == 2)
  }

  @Test("the file of another training is refused, and all that differs is named")
  func others() throws {
    let images = try shapes().train
    #expect(try train(tinyModel(), images, plan(epochs: 2), until: 3 * 16).isInterrupted)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    func differences(
      _ model: ContrastiveModel, on other: ImageSet? = nil, seed: UInt64 = 3, best: Metric? = nil,
      _ change: (inout TrainingPlan) -> Void = { _ in }
    ) throws -> [TrainingDifference] {
      var plan = plan(epochs: 2)
      change(&plan)
      do {
        _ = try train(model, other ?? images, plan, Keep(path, best: best), seed: seed)
        return []
      } catch KeepError.otherTraining(path, let found) {
        return found
      }
    }
    let fewer = try shapes(48).train
    let others = try Shapes.generate(count: 64, test: 20, size: 16, seed: 6, run: Run()).train
    #expect(try differences(tinyModel(), on: fewer) == [.images(64, here: 48)])
    #expect(try differences(tinyModel(), on: others) == [.images(64, here: 64)])
    #expect(try differences(tinyModel(), seed: 4) == [.seed(3, here: 4)])
    #expect(try differences(tinyModel(), best: .knn) == [.best(nil, here: "knn")])
    #expect(try differences(tinyModel(seed: 2)) == [.weights(isTrained: false)])
    #expect(try differences(tinyModel(augmentation: .none)) == [.augmentation(.simclr, here: .none)])
    #expect(try differences(tinyModel()) { $0.epochs = 3 } == [.epochs(2, here: 3, isFinished: false)])
    #expect(
      try differences(tinyModel()) {
        ($0.rate, $0.rule, $0.clip, $0.chunk, $0.momentum) = (0.01, .sgd, 3, 8, 0.5)
      } == [
        .plan("chunk", nil, here: "8"), .plan("clip", nil, here: "3"), .plan("momentum", "0.9", here: "0.5"),
        .plan("rate", "0.001", here: "0.01"), .plan("rule", "adam", here: "sgd"),
      ])
    var random = RandomStream(seed: 1)
    let wide = try Network(.resnet(.resnet18, stem: .cifar, width: 5, size: 16), random: &random)
    let other = try ContrastiveModel(
      encoder: wide, head: ProjectionHead(input: wide.outputWidth, widths: [16, 9], random: &random),
      temperature: 0.1, augmentation: .simclr)
    #expect(
      try differences(other) == [
        .network("width", "4", here: "5"), .setting("head", "[16, 8]", here: "[16, 9]"),
        .setting("temperature", "0.5", here: "0.1"),
      ])
    #expect(try differences(vision()).contains(.network("architecture", "resnet18", here: "vit")))
    let twin = ContrastiveModel(
      encoder: wide,
      method: SimSiamMethod(inputWidth: wide.outputWidth, options: .init(head: [16, 8]), random: &random),
      augmentation: .simclr)
    #expect(try differences(twin).contains(.method("simclr", here: "simsiam")))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    // A model that was saved, and weights alone.
    try tinyModel().save(to: path)
    #expect(throws: KeepError.noTraining(path)) { try train(tinyModel(), images, plan()) }
    try Weights.write(tinyModel().state, to: path)
    #expect(throws: KeepError.noTraining(path)) { try train(tinyModel(), images, plan()) }
  }

  @Test("two trainings do not keep to one file at the same time")
  func locked() throws {
    let images = try shapes().train
    let run = Run(seed: 3) { [path] progress in
      guard progress.completed == 32 else { return }
      do {
        try Learning.train(tinyModel(), on: images, plan: plan(), keep: Keep(path), run: Run(seed: 3))
      } catch {
        Shared.refusal.withLock { $0 = error }
      }
    }
    try Learning.train(tinyModel(), on: images, plan: plan(), keep: Keep(path), run: run)
    #expect(Shared.refusal.withLock { ($0 as? FileTaken)?.path } == path)
  }

  @Test("a file whose training cannot have been is refused, and one that a newer version keeps by that")
  func impossible() throws {
    let images = try shapes().train
    #expect(try train(tinyModel(), images, plan(epochs: 3), until: 6 * 16).isInterrupted)
    let good = try unsealed(path)
    func error(_ old: String, _ new: String) throws -> ModelFileError? {
      let (from, to) = (Data(old.utf8), Data(new.utf8))
      #expect(from.count == to.count)
      var changed = good
      let place = try #require(changed.range(of: from, options: .backwards), "\(old)")
      changed.replaceSubrange(place, with: to)
      try changed.write(to: URL(fileURLWithPath: path))
      return #expect(throws: ModelFileError.self, "\(new)") {
        try train(tinyModel(), images, plan(epochs: 3))
      }
    }
    #expect(
      try error(#"\"version\":1},\"method\""#, #"\"version\":2},\"method\""#)
        == .history(path, .newerTraining))
    #expect(try error(#"\"extended\":0"#, #"\"extended\":1"#) == .history(path, .extended))
    #expect(
      try error(#"\"done\":6"#, #"\"done\":6"#.replacing("6", with: "7")) == .history(path, .place(7, of: 12))
    )
    #expect(try error(#"\"start\":"#, #"\"stars\":"#) == .unclear(path))
    try good.write(to: URL(fileURLWithPath: path))
    #expect(try train(tinyModel(), images, plan(epochs: 3)).notes == ["2 of 3"])
  }

  @Test("the weights after the best epoch are those that were measured then")
  func best() throws {
    let images = try shapes().train
    // The second of four is the best.
    let values = [9.0, 3, 1, 2, 1, 5]
    func watch() throws -> Watch {
      let monitor = Monitor { _ in
        let epoch = Shared.calls.withLock { count in
          count += 1
          return count - 1
        }
        return [Reading(.alignment, values[epoch])]
      }
      Shared.calls.withLock { $0 = 0 }
      return Watch([monitor], held: try images.sample(8, seed: 1))
    }
    let keep = Keep(path, best: .alignment)
    let whole = try tinyModel()
    _ = try train(whole, images, plan(epochs: 4), keep, watch: watch())
    let best = try ContrastiveModel.open(path, isBest: true)
    let short = try tinyModel()
    // Stopped once two epochs are measured, it is the model after two epochs of four.
    #expect(
      try train(
        short, images, plan(epochs: 4), Keep("\(folder)/short", best: .alignment), watch: watch(),
        until: 2 * 64
      )
      .isInterrupted)
    #expect(areEqual(best, short) && !areEqual(best, whole))
    #expect(best.history.epochs.count == 2 && best.history.steps.count == 8)
    #expect(best.history.measurements.map { $0[.alignment] } == [9, 3, 1] && best.interruptedTraining == nil)
    // It can be saved and trained as any, and the last one is there too.
    try best.save(to: "\(folder)/best")
    #expect(try areEqual(ContrastiveModel.open("\(folder)/best"), best))
    #expect(try areEqual(ContrastiveModel.open(path), whole))
    #expect(throws: ModelFileError.noBest("\(folder)/best")) {
      try ContrastiveModel.open("\(folder)/best", isBest: true)
    }
    // A better one after a stop, and none after a longer plan that is as good only.
    #expect(try train(tinyModel(), images, plan(epochs: 5), keep, watch: watch()).notes == ["4 to 5"])
    #expect(try areEqual(ContrastiveModel.open(path, isBest: true), best))
  }
}

/// What closures that may run on any thread tell the tests, which are one at a time with each.
private enum Shared {
  static let refusal = Mutex<(any Error)?>(nil)
  static let calls = Mutex(0)
}
