import Base
import Glibc
import Images
import Networks
import Tensors

/// DINO (Caron et al., 2021): a student tells of each view to which prototypes its teacher, a slow twin, puts another view of the same image.
///
/// Scores are `s = ẑ·Wᵀ`; those of the teacher are centred and sharpened (`DistillationLoss`), which together keep it from saying
/// the same of all images. The two large views go through the network together, small ones after them. The teacher is what one uses.
public final class DINOMethod: Method {
  public static let name = "dino"

  let head: DistillationHead
  let prototypes: Prototypes
  let twinHead: DistillationHead
  let twinPrototypes: Prototypes
  let twin: Twin
  /// c, `[K]`
  let centre: Tensor
  /// τ_t of the next step: kept, since a step does not know its epoch when its loss is computed.
  private let temperature: Tensor
  public let options: Options

  public struct Options: Sendable, Equatable {
    /// Widths of the head's layers; none where z is h.
    public var head: [Int]
    public var prototypes: Int
    /// τ_s and τ_t.
    public var studentTemperature: Float
    public var teacherTemperature: Float
    /// τ_t of a training's first epoch, from which it rises evenly over so many epochs; of no or one epoch it is τ_t at once.
    public var warmUp: WarmUp
    /// Whether the centre is taken off the teacher's scores.
    public var isCentred: Bool
    public var momentum: TwinMomentum
    /// Epochs for which the prototypes stay as they were made.
    public var frozen: Int
    public var small: SmallViews

    public struct WarmUp: Sendable, Equatable {
      public var start: Float
      public var epochs: Int

      public init(from start: Float = 0.04, epochs: Int = 0) { (self.start, self.epochs) = (start, epochs) }
    }

    public init(
      head: [Int] = [512, 512, 128], prototypes: Int = 1024, studentTemperature: Float = 0.1,
      teacherTemperature: Float = 0.04, warmUp: WarmUp = WarmUp(), isCentred: Bool = true,
      momentum: TwinMomentum = TwinMomentum(0.99, rises: true), frozen: Int = 1,
      small: SmallViews = SmallViews()
    ) {
      (self.head, self.prototypes) = (head, prototypes)
      self.studentTemperature = studentTemperature
      (self.teacherTemperature, self.warmUp) = (teacherTemperature, warmUp)
      (self.isCentred, self.momentum) = (isCentred, momentum)
      (self.frozen, self.small) = (frozen, small)
    }
  }

  /// Throws `NTXentError` for a temperature that is none, where the network does not take small views, where there is no room for the
  /// twin, and `Interrupted`.
  public init(encoder: any Networks.Encoder, options: Options, random: inout RandomStream) throws {
    for temperature in [options.studentTemperature, options.teacherTemperature, options.warmUp.start] {
      try NTXentError.check(temperature: temperature)
    }
    try options.small.check(encoder.description)
    self.options = options
    temperature = Tensor([1], filledWith: options.teacherTemperature(inEpoch: 0))
    let input = encoder.outputWidth
    head = DistillationHead(input: input, widths: options.head, random: &random)
    twinHead = DistillationHead(input: input, widths: options.head, random: &random)
    let width = head.outputWidth
    prototypes = Prototypes(count: options.prototypes, width: width, random: &random)
    twinPrototypes = Prototypes(count: options.prototypes, width: width, random: &random)
    centre = Tensor([options.prototypes])
    twin = try Twin(
      of: encoder,
      heads: [("twin_head", twinHead, head), ("twin_prototypes", twinPrototypes, prototypes)])
  }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    [ViewGroup(views: 2, augmentation: augmentation, side: side)]
      + options.small.groups(of: augmentation, side: side)
  }

  public var layers: [(prefix: String, layer: any Layer)] { [("head.", head), ("prototypes.", prototypes)] }
  public var kept: State {
    var state = twin.kept
    state.add("centre", centre)
    if options.warmUp.epochs > 1 { state.add("teacher_temperature", temperature) }
    return state
  }
  public var outputWidth: Int { head.outputWidth }

  private var function: DistillationLoss {
    DistillationLoss(studentTemperature: options.studentTemperature, teacherTemperature: temperature[0])
  }

  /// A new training warms up anew.
  public func prepare(for images: ImageSet, batch: Int, isTrained: Bool) throws {
    temperature[0] = options.teacherTemperature(inEpoch: 0)
  }

  /// The teacher's scores of both large views.
  public func targets(of views: Tensor, group: Int, saving tape: inout Tape) -> Tensor? {
    guard group == 0 else { return nil }
    let z = twinHead.forward(twin.encoder.forward(views, saving: &tape), saving: &tape)
    return twinPrototypes.forward(normalised(z, pass: tape.pass).unit, saving: &tape)
  }

  public var judgedEncoder: (any Networks.Encoder)? { twin.encoder }
  public func judgedZ(of h: Tensor, saving tape: inout Tape) -> Tensor { twinHead.forward(h, saving: &tape) }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    var views = ScoredViews(
      batch.outputs, views: batch.outputs.count > 1 ? [2, options.small.count] : [2], by: prototypes,
      pass: pass)
    let result = function(views.scores, teacher: teacher(of: batch), centre: centre)
    return MethodLoss(
      loss: views.isFinite ? result.loss : .nan, gradients: views.backward(result.gradients),
      metrics: [exp(result.entropies.mean), result.entropies.image])
  }

  /// The teacher's scores of each large view.
  private func teacher(of batch: MethodBatch) -> [Tensor] {
    guard let scores = batch.targets[0] else { preconditionFailure("the teacher sees large views") }
    let images = scores.shape[0] / 2
    return [scores.rows(0..<images), scores.rows(images..<2 * images)]
  }

  public func beginUpdate(at step: MethodStep) { prototypes.freeze(epochs: options.frozen, at: step) }

  public func finishStep(_ step: MethodStep, batch: MethodBatch) {
    if options.isCentred { function.move(centre, by: teacher(of: batch)) }
    twin.follow(momentum: options.momentum.at(step))
    temperature[0] = options.teacherTemperature(inEpoch: (step.number + 1) / step.perEpoch)
  }

  public var lossName: String { "Cross entropy with the teacher" }
  public var metrics: [Metric] { [.prototypes, .entropy] }
  public func chance(batch: Int) -> Double? { log(Double(options.prototypes)) }

  // MARK: - Files

  public var settings: MethodSettings {
    var settings = MethodSettings(
      Self.name,
      [
        "head": .widths(options.head), "prototypes": .number(Double(options.prototypes)),
        "student": .number(Double(options.studentTemperature)),
        "teacher": .number(Double(options.teacherTemperature)), "centred": .flag(options.isCentred),
        "warm_from": .number(Double(options.warmUp.start)),
        "warm_epochs": .number(Double(options.warmUp.epochs)),
        "frozen": .number(Double(options.frozen)),
      ])
    options.momentum.write(to: &settings)
    options.small.write(to: &settings)
    return settings
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    let options = Options(
      head: try settings.widths("head"), prototypes: try settings.whole("prototypes", in: 2...1 << 20),
      studentTemperature: try settings.temperature("student"),
      teacherTemperature: try settings.temperature("teacher"), warmUp: try Options.WarmUp(from: settings),
      isCentred: try settings.flag("centred"),
      momentum: try TwinMomentum(from: settings), frozen: try settings.whole("frozen", in: 0...1 << 20),
      small: try SmallViews(from: settings))
    let head = ProjectionHead.parameterCount(input: encoder.outputWidth, widths: options.head)
    let width = options.head.last ?? encoder.outputWidth
    let count =
      encoder.parameterCount + 2 * head + options.prototypes * (2 * width + 1)
      + (options.warmUp.epochs > 1 ? 1 : 0)
    return MethodDescription(weightCount: count, head: options.head) {
      try DINOMethod(encoder: $0, options: options, random: &$1)
    }
  }
}

extension DINOMethod.Options {
  /// τ_t in an epoch of a training, counted from 0.
  func teacherTemperature(inEpoch epoch: Int) -> Float {
    guard epoch + 1 < warmUp.epochs else { return teacherTemperature }
    return warmUp.start + (teacherTemperature - warmUp.start) * Float(epoch) / Float(warmUp.epochs - 1)
  }
}

extension DINOMethod.Options.WarmUp {
  /// Files of earlier versions have none.
  init(from settings: MethodSettings) throws {
    self.init()
    guard settings["warm_epochs"] != nil else { return }
    self.init(
      from: try settings.temperature("warm_from"), epochs: try settings.whole("warm_epochs", in: 0...1 << 20))
  }
}
