import Base
import Glibc
import Images
import Networks
import Tensors

/// MoCo, third version (Chen, Xie and He, 2021, Algorithm 1): the prediction of a view should find the key that a slow twin makes of the
/// other view, among the keys of its own batch; there is no queue.
///
/// Loss: `2τ·CE` in either direction (`BatchContrastLoss`). Each view goes through by itself.
public final class MoCoV3Method: Method {
  public static let name = "mocov3"

  let head: NormalisedHead
  let predictor: NormalisedHead
  let twinHead: NormalisedHead
  let twin: Twin
  public let options: Options

  public struct Options: Sendable, Equatable {
    /// Widths of the head's layers; none where z is h.
    public var head: [Int]
    /// Width of the predictor's hidden layer.
    public var predictor: Int
    public var temperature: Float
    public var momentum: TwinMomentum

    public init(
      head: [Int] = [512, 128], predictor: Int = 512, temperature: Float = 0.2,
      momentum: TwinMomentum = TwinMomentum(0.99, rises: true)
    ) {
      (self.head, self.predictor) = (head, predictor)
      (self.temperature, self.momentum) = (temperature, momentum)
    }
  }

  /// Throws `NTXentError` for a temperature that is none, where there is no room for the twin, and `Interrupted`.
  public init(encoder: any Networks.Encoder, options: Options, random: inout RandomStream) throws {
    try NTXentError.check(temperature: options.temperature)
    self.options = options
    let input = encoder.outputWidth
    head = NormalisedHead(input: input, widths: options.head, end: .standardised, random: &random)
    predictor = NormalisedHead(
      input: head.outputWidth, widths: [options.predictor, head.outputWidth], end: .standardised,
      random: &random)
    twinHead = NormalisedHead(input: input, widths: options.head, end: .standardised, random: &random)
    twin = try Twin(of: encoder, heads: [("twin_head", twinHead, head)])
  }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    ViewGroup.apart(augmentation, side: side)
  }

  public var layers: [(prefix: String, layer: any Layer)] { [("head.", head), ("predictor.", predictor)] }
  public var kept: State { twin.kept }
  public var outputWidth: Int { head.outputWidth }
  public var rowWidth: Int { 2 * outputWidth }

  public func outputs(of h: Tensor, group: Int, saving tape: inout Tape) -> Tensor {
    Predictor.rows(head.forward(h, saving: &tape), predictor, saving: &tape)
  }

  public func backward(_ dz: Tensor, group: Int, from tape: inout Tape) -> Tensor {
    head.backward(Predictor.backward(dz, predictor, from: &tape), from: &tape)
  }

  public func targets(of views: Tensor, group: Int, saving tape: inout Tape) -> Tensor? {
    twinHead.forward(twin.encoder.forward(views, saving: &tape), saving: &tape)
  }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    let function = BatchContrastLoss(temperature: options.temperature, side: .keys)
    var (loss, top1) = (0.0, 0.0)
    let gradients = [(0, 1), (1, 0)].map { own, other in
      let (z, p) = Predictor.parts(of: batch.outputs[own], width: outputWidth)
      guard let keys = batch.targets[other] else { preconditionFailure("a twin sees every view") }
      let result = function(p, against: keys, pass: pass)
      loss += result.loss
      top1 += result.top1 / 2
      return Predictor.joined(Tensor(z.shape), result.gradient, predictor)
    }
    return MethodLoss(loss: loss, gradients: gradients, metrics: [top1])
  }

  public func finishStep(_ step: MethodStep, batch: MethodBatch) {
    twin.follow(momentum: options.momentum.at(step))
  }

  public var lossName: String { "InfoNCE loss, times 2τ" }
  public var metrics: [Metric] { [.top1] }
  public func chance(batch: Int) -> Double? { 4 * Double(options.temperature) * log(Double(batch)) }

  // MARK: - Files

  public var settings: MethodSettings {
    var settings = MethodSettings(
      Self.name,
      [
        "head": .widths(options.head), "predictor": .number(Double(options.predictor)),
        "temperature": .number(Double(options.temperature)),
      ])
    options.momentum.write(to: &settings)
    return settings
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    let options = Options(
      head: try settings.widths("head"), predictor: try settings.whole("predictor", in: 1...65_536),
      temperature: try settings.temperature(), momentum: try TwinMomentum(from: settings))
    let width = options.head.last ?? encoder.outputWidth
    let head = NormalisedHead.parameterCount(
      input: encoder.outputWidth, widths: options.head, end: .standardised)
    let predictor = NormalisedHead.parameterCount(
      input: width, widths: [options.predictor, width], end: .standardised)
    return MethodDescription(weightCount: encoder.parameterCount + 2 * head + predictor, head: options.head) {
      try MoCoV3Method(encoder: $0, options: options, random: &$1)
    }
  }
}
