import Analysis
import ArgumentParser
import FoundationEssentials
import Images
import Learning
import Networks
import Tensors

/// `benchmark epoch NETWORK TRAIN.bin TEST.bin`: a training by SimCLR as `train` runs it, views and all, judged after each epoch.
struct EpochCommand: ParsableCommand {
  /// Networks of `peers/epoch.py`, under the same names.
  enum Case: String, CaseIterable, ExpressibleByArgument {
    /// ResNet18 with the 3×3 stem, as published and a quarter as wide.
    case resnet18, resnet18x16
    /// Four convolutions, the first with 16 channels.
    case cnn

    func describe() throws -> NetworkDescription {
      switch self {
      case .resnet18: try .resnet(.resnet18, width: 64, size: 32)
      case .resnet18x16: try .resnet(.resnet18, width: 16, size: 32)
      case .cnn: try .cnn(width: 16, size: 32)
      }
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "epoch",
    abstract: "Seconds of each epoch of SimCLR, and the accuracy of 10 nearest neighbours after it.",
    discussion: """
      Adam at 0.001, constant; batch 128; head 128 hidden, 64 outputs; τ = 0.5. The files hold records as CIFAR-10's: a label, and three \
      planes of 32×32 bytes. benchmarks/epoch.py makes them.
      """)

  @Argument(help: ArgumentHelp("Which network.", valueName: "network"))
  var name: Case
  @Argument(help: "Images to train on.")
  var train: String
  @Argument(help: "Images to judge by.")
  var test: String
  @Option(help: "Epochs.")
  var epochs = 3
  @Option(help: "Images of a step.")
  var batch = 128

  func validate() throws {
    guard epochs >= 1, batch >= 2 else {
      throw ValidationError("There is nothing to train: write --epochs 3 --batch 128.")
    }
  }

  func run() throws {
    let (images, judged) = try (readRecords(train), readRecords(test))
    guard images.count >= batch else {
      throw ValidationError(
        "\(train) has \(images.count) images, fewer than a batch: write --batch \(max(2, images.count)).")
    }
    let encoder = try Network(try name.describe(), seed: 1)
    let head = ProjectionHead(input: encoder.outputWidth, widths: [128, 64], seed: 1)
    let model = ContrastiveModel(
      encoder: encoder, method: SimCLRMethod(head: head, loss: try NTXent(temperature: 0.5)),
      augmentation: .simclr)
    var plan = TrainingPlan()
    (plan.epochs, plan.batch, plan.schedule) = (epochs, batch, .constant)
    var accuracies: [Double] = []
    let judge = Monitor { observation in
      accuracies.append(try nearestAccuracy(observation))
      return []
    }
    let run = Run(seed: 1)
    try Learning.train(
      model, on: images, plan: plan, watch: Watch([judge], held: images, test: judged), run: run)
    let history = model.history.epochs
    let used = Double(epochs * (images.count / batch) * batch)
    try printLine(
      Line(
        name: name.rawValue, images: images.count, epochs: epochs, seconds: history.map(\.seconds.short),
        rate: (used / history.map(\.seconds).reduce(0, +)).short,
        waited: history.compactMap(\.waited).reduce(0, +).short, accuracies: accuracies,
        losses: history.map(\.loss), memory: peakMemory))
  }

  private struct Line: Encodable {
    let name: String
    let images, epochs: Int
    let seconds: [Double]
    let rate, waited: Double
    /// Before the first epoch and after each.
    let accuracies, losses: [Double]
    let memory: Int

    enum CodingKeys: String, CodingKey {
      case name = "case"
      case images, epochs, losses
      case seconds = "epoch_seconds"
      case rate = "images_per_s"
      case waited = "waited_s"
      case accuracies = "knn"
      case memory = "peak_mb"
    }
  }
}

/// Share of the test images whose class has most votes of the 10 nearest images of the training set, by h.
private func nearestAccuracy(_ observation: Observation) throws -> Double {
  guard let test = observation.test, let labels = observation.held.labels, let truth = test.labels,
    let outputs = try observation.testOutputs()
  else { preconditionFailure("both files have labels") }
  let votes = try knnVotes(
    of: outputs.h, in: observation.outputs().h, labels: labels, classes: 10, count: 10, run: observation.run)
  return Judgement(scores: votes, labels: truth).accuracy
}

/// Images of a file of CIFAR-10's records: a label, and the red, green and blue plane.
private func readRecords(_ path: String) throws -> ImageSet {
  let (record, plane) = (3073, 1024)
  guard let data = try? Data(contentsOf: URL(filePath: path)) else {
    throw ValidationError("There is no file \(path).")
  }
  guard data.count > 0, data.count % record == 0,
    stride(from: 0, to: data.count, by: record).allSatisfy({ data[$0] < 10 })
  else { throw ValidationError("\(path) holds no records of CIFAR-10: \(data.count) bytes.") }
  let count = data.count / record
  var pixels = [UInt8](repeating: 0, count: count * 3 * plane)
  for image in 0..<count {
    for place in 0..<plane {
      for colour in 0..<3 {
        pixels[(image * plane + place) * 3 + colour] = data[image * record + 1 + colour * plane + place]
      }
    }
  }
  return try ImageSet(
    name: "records", pixels: pixels, size: 32, labels: (0..<count).map { Int(data[$0 * record]) },
    classes: CIFAR10.classes)
}
