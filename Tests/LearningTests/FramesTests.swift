import Base
import Foundation
import Images
import Learning
import Networks
import Tensors
import Testing

/// What a map of a training keeps (`Frames`).
@Suite("Frames of a training")
struct FramesTests {
  private func watched(_ data: DataSet, images: Int = 12) throws -> Watch {
    Watch([], held: try data.train.sample(20, seed: 1), mapped: images)
  }

  private func trained(epochs: Int = 3, workers: Int? = nil) throws -> (ContrastiveModel, DataSet) {
    let data = try shapes()
    let model = try tinyModel()
    let run = workers.map { Run(seed: 3, workers: Workers(count: $0)) } ?? Run(seed: 3)
    try train(model, on: data.train, plan: plan(epochs: epochs), watch: watched(data), run: run)
    return (model, data)
  }

  @Test(
    "there is one before the first epoch and one after each; its points are the normalised z of the views")
  func points() throws {
    let (model, data) = try trained()
    let frames = try #require(model.history.frames)
    #expect(frames.frames.map(\.epoch) == [0, 1, 2, 3] && frames.images == 12 && frames.width == 8)
    #expect(frames.labels == (try data.train.sample(20, seed: 1)).labels.map { Array($0[..<12]) })
    #expect(Set(frames.frames.map(\.z)).count == 4)
    // The latest is what a look at the trained model gives.
    let seen = try observe(model, on: data.train.sample(20, seed: 1), run: Run(seed: 3)) { try $0.views() }
    let (first, second) = frames.views(frames.frames[3])
    for (shown, z) in [(first, seen.first.z), (second, seen.second.z)] {
      for row in 0..<12 {
        let values = z.rows(row..<row + 1).elements.map { Double($0) }
        let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for (at, value) in values.enumerated() {
          #expect(abs(Double(shown[row * 8 + at]) - value / norm) < 1e-6)
        }
      }
    }
    #expect(frames.points(frames.frames[3]).elements == first.elements + second.elements)
  }

  @Test("frames are the same for any number of workers, and change no bit of the training")
  func bits() throws {
    let (one, data) = try trained(workers: 1)
    let (three, _) = try trained(workers: 3)
    #expect(one.history.frames == three.history.frames && one.history.frames != nil)
    let plain = try tinyModel()
    try train(plain, on: data.train, plan: plan(epochs: 3), run: Run(seed: 3))
    #expect(weights(plain) == weights(one) && plain.history.frames == nil)
  }

  @Test("training again on the same images goes on; on others it begins anew")
  func again() throws {
    let (model, data) = try trained(epochs: 2)
    let before = try #require(model.history.frames)
    try train(model, on: data.train, plan: plan(epochs: 1), watch: watched(data), run: Run(seed: 3))
    let after = try #require(model.history.frames)
    #expect(after.frames.map(\.epoch) == [0, 1, 2, 3])
    #expect(Array(after.frames[..<2]) == Array(before.frames[..<2]))
    try train(
      model, on: data.train, plan: plan(epochs: 1),
      watch: Watch([], held: try data.train.sample(20, seed: 2), mapped: 12), run: Run(seed: 3))
    #expect(model.history.frames?.frames.map(\.epoch) == [3, 4])
  }

  @Test("an interrupted training keeps the frames it has, and none by half; resumed it has them all")
  func interrupted() throws {
    let data = try shapes()
    let (whole, _) = try trained()
    let model = try tinyModel()
    // In the middle of the second epoch.
    let stop = StopAt(step: 7)
    #expect(throws: Interrupted.self) {
      try train(
        model, on: data.train, plan: plan(epochs: 3), watch: watched(data),
        run: Run(seed: 3, interrupt: stop.interrupt, onProgress: stop.report))
    }
    #expect(model.history.frames?.frames.map(\.epoch) == [0, 1])
    try resumeTraining(model, on: data.train, watch: watched(data), run: Run(seed: 3))
    #expect(model.history.frames == whole.history.frames)
  }

  @Test("a file keeps the frames to the bit; what cannot have been is refused")
  func files() throws {
    let (model, _) = try trained()
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("frames-\(UUID()).safetensors")
      .path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.save(to: path)
    #expect(try ContrastiveModel.open(path).history.frames == model.history.frames)
    // Another number of images than the file has points for.
    let bytes = try unsealed(path)
    let (words, others) = (Data("\\\"images\\\":12".utf8), Data("\\\"images\\\":13".utf8))
    let place = try #require(bytes.range(of: words))
    try bytes.replacingSubrange(place, with: others).write(to: URL(fileURLWithPath: path))
    #expect(throws: ModelFileError.history(path, .frames)) { try ContrastiveModel.open(path) }
  }

  @Test("of many epochs frames are kept that lie evenly, the first and the latest among them")
  func thinned() {
    var history = History()
    func frame(_ epoch: Int, width: Int) -> Frames {
      Frames(
        images: 2, width: width, labels: nil, classes: [], fingerprint: 1,
        frames: [.init(epoch: epoch, z: Array(repeating: Float(epoch), count: 4 * width))])
    }
    for epoch in 0...1000 { history.keep(frame(epoch, width: 2)) }
    var epochs = history.frames!.frames.map(\.epoch)
    #expect(epochs.first == 0 && epochs.last == 1000 && epochs.count <= Frames.most && epochs.count > 32)
    #expect(zip(epochs, epochs.dropFirst()).dropLast().allSatisfy { $1 - $0 == 16 })
    // Wide outputs: two frames of 12.8 MB each fit, and a third does not; no file takes them.
    history = History()
    for epoch in 0...3 { history.keep(frame(epoch, width: 800_000)) }
    epochs = history.frames!.frames.map(\.epoch)
    #expect(epochs == [0, 3])
    #expect(history.frames?.stored == nil)
    #expect(Frames.bytes(images: 2, width: 800_000, epochs: 100) == 3 * 4 * 800_000 * 4)
  }
}

extension Data {
  fileprivate func replacingSubrange(_ range: Range<Int>, with other: Data) -> Data {
    var copy = self
    copy.replaceSubrange(range, with: other)
    return copy
  }
}
