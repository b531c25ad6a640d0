import ArgumentParser
import Glibc
import Learning
import Networks
import Tensors

/// `benchmark step CASE`: the training step of SimCLR on random images, again and again.
struct StepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step", abstract: "Steps of training: an encoder, head 1024→512, NT-Xent at τ = 0.5, Adam."
  )

  @Argument(help: ArgumentHelp("Which step.", valueName: "case"))
  var name: StepCase
  @Option(help: "Steps after the first, which takes memory from the system and does not count.")
  var steps = 5
  @Option(help: "Pictures in a batch, instead of the case's own.")
  var batch: Int?
  @Option(help: "Side of a picture in pixels, instead of the case's own.")
  var size: Int?
  @Option(help: "Channels of a ResNet's first stage or of a token, instead of the published ones.")
  var width: Int?

  func validate() throws {
    guard steps >= 1 else { throw ValidationError("\(steps) steps measure nothing: write --steps 5.") }
    guard (batch ?? 2) >= 2 else {
      throw ValidationError("A batch of \(batch!) has no negatives: write --batch 64.")
    }
  }

  private func makeEncoder(size: Int) throws -> any Encoder {
    do {
      return try name.makeEncoder(size: size, width: width)
    } catch ViTError.pieces(_, let patch, let nearest) {
      throw ValidationError(
        "Images of \(size) pixels are no whole number of patches of \(patch): write --size \(nearest).")
    } catch is ResNetError, is ViTError {
      throw ValidationError(
        "\(name.rawValue) has no network for --size \(size)" + (width.map { " and --width \($0)" } ?? "")
          + ": leave them out for those of the table.")
    }
  }

  func run() throws {
    let (size, batch) = (self.size ?? name.shape.size, self.batch ?? name.shape.batch)
    let encoder = try makeEncoder(size: size)
    let step = try FixedStep(
      encoder: encoder, loss: try NTXent(temperature: 0.5),
      views: FixedStep.randomViews([2 * batch, size, size, 3]))
    let firstLoss = try step.take()
    var times: [Double] = []
    var loss = firstLoss
    for _ in 0..<steps { times.append(try seconds { loss = try step.take() }) }
    // Before the peak is measured, so that the memory is the step's.
    let memory = peakMemory
    times.sort()
    let rate = Double(2 * batch) / times[0]
    let products = encoder.description.productsOfStep + step.head.productsOfStep
    let operations = 2 * Double(products) * rate / 1e9
    let peak = multiplyAddPeak(.shared)
    try printLine(
      Line(
        name: name.rawValue, views: 2 * batch, steps: steps, workers: Workers.shared.count,
        best: rate.short, median: (Double(2 * batch) / times[times.count / 2]).short, memory: memory,
        effective: operations.short, peak: peak.short, share: (operations / peak).short,
        firstLoss: firstLoss, loss: loss))
  }

  private struct Line: Encodable {
    let name: String
    let views, steps, workers: Int
    let best, median: Double
    let memory: Int
    let effective, peak, share: Double
    let firstLoss, loss: Double

    enum CodingKeys: String, CodingKey {
      case name = "case"
      case views, steps, workers
      case best = "views_per_s"
      case median = "median_views_per_s"
      case memory = "peak_mb"
      case effective = "effective_gflops"
      case peak = "fma_peak_gflops"
      case share = "effective_share_of_peak"
      case firstLoss = "first_loss"
      case loss
    }
  }
}

/// The step of `train`, on the same views each time. `BenchmarkTests` compare it with a training.
package final class FixedStep {
  let encoder: any Encoder
  let head: ProjectionHead
  private let model: ContrastiveModel
  private let step: TrainingStep
  private let images: Portion
  private let run = Run()
  private var count = 0

  /// The same views whatever is asked for.
  private final class FixedViews: ViewSource {
    private let views: [Views]
    init(_ views: Tensor) { self.views = [Views(pixels: views)] }
    func take(_ portion: Portion, following: Portion?) -> [Views] { views }
  }

  /// `views` are those of a batch, all first ones before all second ones.
  package init(encoder: any Encoder, loss: NTXent, views: Tensor) throws {
    self.encoder = encoder
    head = ProjectionHead(input: encoder.outputWidth, widths: [1024, 512])
    model = ContrastiveModel(
      encoder: encoder, method: SimCLRMethod(head: head, loss: loss), augmentation: .none)
    images = Portion(epoch: 0, indices: Array(0..<views.shape[0] / 2))
    let workers = run.workers
    step = try model.using {
      TrainingStep(of: $0, by: Adam(), views: FixedViews(views), workers: workers)
    }
  }

  static func randomViews(_ shape: [Int]) -> Tensor {
    let views = Tensor(uninitialized: shape)
    var random = RandomStream(seed: 1)
    for index in 0..<views.count { views.pointer[index] = random.normal() }
    return views
  }

  /// One whole step; returns its loss. Throws `Diverged`.
  package func take() throws -> Double {
    defer { count += 1 }
    let place = TrainingStep.Place(number: count, inTraining: count, of: count + 1, rate: 1e-4)
    return try model.using { _ in
      try step.take([images], following: nil, labels: nil, at: place, run: run).loss
    }
  }
}
