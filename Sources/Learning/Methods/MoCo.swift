import Base
import Glibc
import Images
import Networks
import Tensors

/// MoCo, second version (He et al., 2020; Chen et al., 2020): a query should find its key, which a slow twin makes of the other view, among
/// keys of earlier batches in a queue.
///
/// `q = g(f(x))`, `k = g'(f'(x'))`, and the loss is InfoNCE (`QueueLoss`); symmetric, it is the mean over both directions. Each
/// view goes through by itself, so batch normalisation sees one view of each image. Keys enter the queue after the loss.
public final class MoCoMethod: Method {
  public static let name = "moco"

  let head: ProjectionHead
  let twinHead: ProjectionHead
  let twin: Twin
  let queue: KeyQueue
  public let options: Options

  public struct Options: Sendable, Equatable {
    /// Widths of the head's layers; none where z is h.
    public var head: [Int]
    public var temperature: Float
    /// Keys of earlier batches.
    public var queue: Int
    public var momentum: TwinMomentum
    /// Whether either view is a query once.
    public var isSymmetric: Bool
    /// Whether the rows that the queue begins with keep the length they are drawn with.
    public var isRaw: Bool

    public init(
      head: [Int] = [512, 128], temperature: Float = 0.2, queue: Int = 1024,
      momentum: TwinMomentum = TwinMomentum(0.99, rises: false), isSymmetric: Bool = true,
      isRaw: Bool = false
    ) {
      (self.head, self.temperature, self.queue) = (head, temperature, queue)
      (self.momentum, self.isSymmetric, self.isRaw) = (momentum, isSymmetric, isRaw)
    }
  }

  /// Throws `NTXentError` for a temperature that is none, where there is no room for the twin, and `Interrupted`.
  public init(encoder: any Networks.Encoder, options: Options, random: inout RandomStream) throws {
    try NTXentError.check(temperature: options.temperature)
    self.options = options
    head = ProjectionHead(input: encoder.outputWidth, widths: options.head, random: &random)
    twinHead = ProjectionHead(input: encoder.outputWidth, widths: options.head)
    twin = try Twin(of: encoder, heads: [("twin_head", twinHead, head)])
    queue = KeyQueue(
      count: options.queue, width: head.outputWidth, isRaw: options.isRaw, random: &random)
  }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    var groups = ViewGroup.apart(augmentation, side: side)
    groups[1].isTrained = options.isSymmetric
    return groups
  }

  public var layers: [(prefix: String, layer: any Layer)] { [("head.", head)] }
  public var kept: State {
    var state = twin.kept
    queue.collect(into: &state, name: "queue")
    return state
  }
  public var outputWidth: Int { head.outputWidth }

  public func targets(of views: Tensor, group: Int, saving tape: inout Tape) -> Tensor? {
    guard options.isSymmetric || group == 1 else { return nil }
    return twinHead.forward(twin.encoder.forward(views, saving: &tape), saving: &tape)
  }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    let function = QueueLoss(temperature: options.temperature)
    let share = options.isSymmetric ? 0.5 : 1
    var (loss, top1) = (0.0, 0.0)
    var gradients = batch.outputs
    for (query, key) in options.isSymmetric ? [(0, 1), (1, 0)] : [(0, 1)] {
      guard let keys = batch.targets[key] else { preconditionFailure("a twin sees view \(key)") }
      let result = function(batch.outputs[query], keys: keys, queue: queue.rows, pass: pass)
      loss += share * result.loss
      top1 += share * result.top1
      gradients[query] = result.gradient.scaled(by: Float(share))
    }
    return MethodLoss(loss: loss, gradients: gradients, metrics: [top1])
  }

  public func finishStep(_ step: MethodStep, batch: MethodBatch) {
    for keys in batch.targets.compactMap({ $0 }) { queue.add(normalised(keys, pass: Pass()).unit) }
    twin.follow(momentum: options.momentum.at(step))
  }

  public func prepare(for images: ImageSet, batch: Int, isTrained: Bool) throws {
    let most = (options.isSymmetric ? 2 : 1) * images.count
    guard options.queue <= most else {
      throw MethodUseError.longQueue(options.queue, most: most, images.name, images: images.count)
    }
  }

  public var lossName: String { "InfoNCE loss" }
  public var metrics: [Metric] { [.top1] }
  public func chance(batch: Int) -> Double? { log(Double(options.queue + 1)) }

  // MARK: - Files

  public var settings: MethodSettings {
    var settings = MethodSettings(
      Self.name,
      [
        "head": .widths(options.head), "temperature": .number(Double(options.temperature)),
        "queue": .number(Double(options.queue)), "symmetric": .flag(options.isSymmetric),
        "raw": .flag(options.isRaw),
      ])
    options.momentum.write(to: &settings)
    return settings
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    let options = Options(
      head: try settings.widths("head"), temperature: try settings.temperature(),
      queue: try settings.whole("queue", in: 1...1 << 22), momentum: try TwinMomentum(from: settings),
      isSymmetric: try settings.flag("symmetric"), isRaw: try settings.flag("raw"))
    let head = ProjectionHead.parameterCount(input: encoder.outputWidth, widths: options.head)
    let width = options.head.last ?? encoder.outputWidth
    let count = encoder.parameterCount + 2 * head + options.queue * width
    return MethodDescription(weightCount: count, head: options.head) {
      try MoCoMethod(encoder: $0, options: options, random: &$1)
    }
  }
}
