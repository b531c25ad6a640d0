import Base
import Images
import Networks
import Tensors

/// BYOL (Grill et al., 2020): the prediction of one view's projection should point to the projection that a twin makes of the other
/// view, a slow copy of the network.
///
/// `z = g(f(x))`, `p = q(z)`, `z' = g'(f'(x'))`, and the loss is `Σ 2 − 2·mean cos(p, sg z')` over both directions (Eq. 2). Each view goes
/// through by itself, so batch normalisation sees one view of each image.
public final class BYOLMethod: Method {
  public static let name = "byol"

  let head: NormalisedHead
  let predictor: NormalisedHead?
  let twinHead: NormalisedHead
  let twin: Twin
  public let options: Options

  public struct Options: Sendable, Equatable {
    /// Widths of the head's layers; none where z is h.
    public var head: [Int]
    /// Width of the predictor's hidden layer; 0 where p is z.
    public var predictor: Int
    public var momentum: TwinMomentum

    public init(
      head: [Int] = [512, 256], predictor: Int = 512, momentum: TwinMomentum = TwinMomentum(0.99, rises: true)
    ) {
      (self.head, self.predictor, self.momentum) = (head, predictor, momentum)
    }
  }

  /// Throws where there is no room for the twin, and `Interrupted`.
  public init(encoder: any Networks.Encoder, options: Options, random: inout RandomStream) throws {
    self.options = options
    let (input, end) = (encoder.outputWidth, NormalisedHead.End.linear(bias: true))
    head = NormalisedHead(input: input, widths: options.head, end: end, random: &random)
    predictor = Predictor.head(of: head.outputWidth, hidden: options.predictor, random: &random)
    twinHead = NormalisedHead(input: input, widths: options.head, end: end, random: &random)
    twin = try Twin(of: encoder, heads: [("twin_head", twinHead, head)])
  }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    ViewGroup.apart(augmentation, side: side)
  }

  public var layers: [(prefix: String, layer: any Layer)] {
    [("head.", head as any Layer)] + (predictor.map { [("predictor.", $0)] } ?? [])
  }
  public var kept: State { twin.kept }
  public var outputWidth: Int { head.outputWidth }
  public var rowWidth: Int { Predictor.rowWidth(outputWidth, predictor) }

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
    let loss = CosineLoss(factor: 2)
    var value = 0.0
    let gradients = [(0, 1), (1, 0)].map { own, other in
      let (z, p) = Predictor.parts(of: batch.outputs[own], width: outputWidth)
      guard let target = batch.targets[other] else { preconditionFailure("a twin sees every view") }
      let one = loss(p, target: target, pass: pass)
      value += 2 - 2 * one.cosine
      return Predictor.joined(Tensor(z.shape), one.gradient, predictor)
    }
    return MethodLoss(loss: value, gradients: gradients)
  }

  public func finishStep(_ step: MethodStep, batch: MethodBatch) {
    twin.follow(momentum: options.momentum.at(step))
  }

  public var lossName: String { "Squared distance of directions" }
  public var metrics: [Metric] { [] }
  /// Vectors of chance are at right angles.
  public func chance(batch: Int) -> Double? { 4 }

  // MARK: - Files

  public var settings: MethodSettings {
    var settings = MethodSettings(
      Self.name, ["head": .widths(options.head), "predictor": .number(Double(options.predictor))])
    options.momentum.write(to: &settings)
    return settings
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    let options = Options(
      head: try settings.widths("head"), predictor: try settings.whole("predictor", in: 0...65_536),
      momentum: try TwinMomentum(from: settings))
    let head = NormalisedHead.parameterCount(
      input: encoder.outputWidth, widths: options.head, end: .linear(bias: true))
    let predictor = Predictor.weightCount(
      of: options.head.last ?? encoder.outputWidth, hidden: options.predictor)
    return MethodDescription(weightCount: encoder.parameterCount + 2 * head + predictor, head: options.head) {
      try BYOLMethod(encoder: $0, options: options, random: &$1)
    }
  }
}
