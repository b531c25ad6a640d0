import Base
import Glibc
import Images
import Networks
import Tensors

/// SwAV (Caron et al., 2020): each view should tell to which prototypes the other view belongs; what belongs where is shared out evenly
/// over a batch (Sinkhorn and Knopp).
///
/// Loss: `SwappedLoss` of the scores `s = ẑ·Wᵀ`. The two large views go through the network together, small ones after them.
public final class SwAVMethod: Method {
  public static let name = "swav"

  let head: NormalisedHead
  let prototypes: Prototypes
  let queues: [KeyQueue]
  public let options: Options
  private let function: SwappedLoss

  public struct Options: Sendable, Equatable {
    /// Widths of the head's layers; none where z is h.
    public var head: [Int]
    public var prototypes: Int
    /// τ of the softmax.
    public var temperature: Float
    /// ε of the codes: the smaller, the nearer they are to one prototype each.
    public var epsilon: Double
    /// Whether codes are shared out evenly; else they are softmaxes of the scores.
    public var isEven: Bool
    /// Rows of earlier batches that take part where codes are shared out, for each view.
    public var queue: Int
    /// Epochs for which the prototypes stay as they were made.
    public var frozen: Int
    public var small: SmallViews

    public init(
      head: [Int] = [512, 128], prototypes: Int = 100, temperature: Float = 0.1, epsilon: Double = 0.05,
      isEven: Bool = true, queue: Int = 0, frozen: Int = 1, small: SmallViews = SmallViews()
    ) {
      (self.head, self.prototypes, self.temperature) = (head, prototypes, temperature)
      (self.epsilon, self.isEven, self.queue) = (epsilon, isEven, queue)
      (self.frozen, self.small) = (frozen, small)
    }
  }

  /// Throws `NTXentError` for a temperature that is none, and where the network does not take small views.
  public init(encoder: NetworkDescription, options: Options, random: inout RandomStream) throws {
    try NTXentError.check(temperature: options.temperature)
    try options.small.check(encoder)
    self.options = options
    function = SwappedLoss(temperature: options.temperature, epsilon: options.epsilon)
    head = NormalisedHead(
      input: encoder.outputWidth, widths: options.head, end: .linear(bias: true), random: &random)
    let width = head.outputWidth
    prototypes = Prototypes(count: options.prototypes, width: width, random: &random)
    queues =
      options.queue == 0
      ? [] : (0..<2).map { _ in KeyQueue(count: options.queue, width: width, random: &random) }
  }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    [ViewGroup(views: 2, augmentation: augmentation, side: side)]
      + options.small.groups(of: augmentation, side: side)
  }

  public var layers: [(prefix: String, layer: any Layer)] { [("head.", head), ("prototypes.", prototypes)] }
  public var kept: State {
    var state = State()
    for (view, queue) in queues.enumerated() { queue.collect(into: &state, name: "queue.\(view)") }
    return state
  }
  public var outputWidth: Int { head.outputWidth }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    var views = ScoredViews(
      batch.outputs, views: batch.outputs.count > 1 ? [2, options.small.count] : [2], by: prototypes,
      pass: pass)
    let codes = (0..<2).map { view -> Tensor in
      let scores = views.scores[view]
      guard options.isEven else {
        return softmax(scores, temperature: Float(options.epsilon)).shares
      }
      guard queues.allSatisfy(\.isFull), !queues.isEmpty else { return function.codes(scores) }
      var tape = Tape(pass: pass, mode: .evaluation)
      return function.codes(scores, queue: prototypes.forward(queues[view].rows, saving: &tape))
    }
    let (loss, gradients) = function(views.scores, codes: codes)
    let found = entropies(of: codes)
    return MethodLoss(
      loss: views.isFinite ? loss : .nan, gradients: views.backward(gradients),
      metrics: [exp(found.mean), found.image])
  }

  public func beginUpdate(at step: MethodStep) { prototypes.freeze(epochs: options.frozen, at: step) }

  public func finishStep(_ step: MethodStep, batch: MethodBatch) {
    guard !queues.isEmpty else { return }
    let rows = normalised(batch.outputs[0], pass: Pass()).unit
    let images = rows.shape[0] / 2
    for (view, queue) in queues.enumerated() { queue.add(rows.rows(view * images..<(view + 1) * images)) }
  }

  public func prepare(for images: ImageSet, batch: Int, isTrained: Bool) throws {
    guard !options.isEven || options.prototypes <= batch + options.queue else {
      throw MethodUseError.prototypes(options.prototypes, batch: batch, queue: options.queue)
    }
    guard options.queue <= images.count else {
      throw MethodUseError.longQueue(
        options.queue, most: images.count, images.name, images: images.count)
    }
  }

  public var lossName: String { "Swapped prediction loss" }
  public var metrics: [Metric] { [.prototypes, .entropy] }
  public func chance(batch: Int) -> Double? { log(Double(options.prototypes)) }

  // MARK: - Files

  public var settings: MethodSettings {
    var settings = MethodSettings(
      Self.name,
      [
        "head": .widths(options.head), "prototypes": .number(Double(options.prototypes)),
        "temperature": .number(Double(options.temperature)), "epsilon": .number(options.epsilon),
        "even": .flag(options.isEven), "queue": .number(Double(options.queue)),
        "frozen": .number(Double(options.frozen)),
      ])
    options.small.write(to: &settings)
    return settings
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    let options = Options(
      head: try settings.widths("head"), prototypes: try settings.whole("prototypes", in: 2...1 << 20),
      temperature: try settings.temperature(), epsilon: try settings.number("epsilon", in: 1e-6...1e6),
      isEven: try settings.flag("even"), queue: try settings.whole("queue", in: 0...1 << 22),
      frozen: try settings.whole("frozen", in: 0...1 << 20), small: try SmallViews(from: settings))
    let head = NormalisedHead.parameterCount(
      input: encoder.outputWidth, widths: options.head, end: .linear(bias: true))
    let width = options.head.last ?? encoder.outputWidth
    let count = head + (options.prototypes + 2 * options.queue) * width
    return MethodDescription(weightCount: count, head: options.head) {
      try SwAVMethod(encoder: $0.description, options: options, random: &$1)
    }
  }
}
