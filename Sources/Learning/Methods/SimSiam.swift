import Base
import Images
import Networks
import Tensors

/// SimSiam (Chen and He, 2021): the prediction of one view's projection should point to the other view's projection, which counts as a
/// constant.
///
/// `z = g(f(x))`, `p = q(z)`, and the loss is `−½·mean cos(p₁, sg z₂) − ½·mean cos(p₂, sg z₁)` (Eq. 4). Each view goes through by
/// itself, so batch normalisation sees one view of each image.
public final class SimSiamMethod: Method {
  public static let name = "simsiam"

  let head: NormalisedHead
  let predictor: NormalisedHead?
  public let options: Options

  public struct Options: Sendable, Equatable {
    /// Widths of the head's layers; none where z is h.
    public var head: [Int]
    /// Width of the predictor's hidden layer; 0 where p is z.
    public var predictor: Int
    /// Whether the other view's projection counts as a constant.
    public var stopsGradient: Bool
    /// Whether the predictor keeps the highest rate of a training throughout (section 4.2 and appendix A).
    public var isSteady: Bool

    public init(
      head: [Int] = [512, 512], predictor: Int = 128, stopsGradient: Bool = true, isSteady: Bool = true
    ) {
      (self.head, self.predictor) = (head, predictor)
      (self.stopsGradient, self.isSteady) = (stopsGradient, isSteady)
    }
  }

  public init(inputWidth: Int, options: Options, random: inout RandomStream) {
    self.options = options
    head = NormalisedHead(input: inputWidth, widths: options.head, end: .standardised, random: &random)
    predictor = Predictor.head(of: head.outputWidth, hidden: options.predictor, random: &random)
  }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    ViewGroup.apart(augmentation, side: side)
  }

  public var layers: [(prefix: String, layer: any Layer)] {
    [("head.", head as any Layer)] + (predictor.map { [("predictor.", $0)] } ?? [])
  }
  public var outputWidth: Int { head.outputWidth }
  public var rowWidth: Int { Predictor.rowWidth(outputWidth, predictor) }

  public func outputs(of h: Tensor, group: Int, saving tape: inout Tape) -> Tensor {
    Predictor.rows(head.forward(h, saving: &tape), predictor, saving: &tape)
  }

  public func backward(_ dz: Tensor, group: Int, from tape: inout Tape) -> Tensor {
    head.backward(Predictor.backward(dz, predictor, from: &tape), from: &tape)
  }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    let rows = batch.outputs.map { Predictor.parts(of: $0, width: outputWidth) }
    let loss = CosineLoss(factor: 0.5)
    var cosines = 0.0
    let gradients = rows.map { (z: Tensor($0.z.shape), p: Tensor($0.p.shape)) }
    for (own, other) in [(0, 1), (1, 0)] {
      let one = loss(rows[own].p, target: rows[other].z, pass: pass)
      cosines += one.cosine
      gradients[own].p.add(one.gradient)
      if !options.stopsGradient {
        gradients[other].z.add(loss(rows[other].z, target: rows[own].p, pass: pass).gradient)
      }
    }
    return MethodLoss(
      loss: -cosines / 2, gradients: gradients.map { Predictor.joined($0.z, $0.p, predictor) })
  }

  public func beginUpdate(at step: MethodStep) {
    guard let predictor, options.isSteady else { return }
    let pace = step.rate > 0 ? step.peak / step.rate : 1
    for parameter in State(of: predictor).parameters { parameter.pace = .times(pace) }
  }

  public var lossName: String { "Negative cosine similarity" }
  public var metrics: [Metric] { [] }
  /// Vectors of chance are at right angles.
  public func chance(batch: Int) -> Double? { 0 }
  public var floor: Double? { -1 }

  // MARK: - Files

  public var settings: MethodSettings {
    MethodSettings(
      Self.name,
      [
        "head": .widths(options.head), "predictor": .number(Double(options.predictor)),
        "stop": .flag(options.stopsGradient), "steady": .flag(options.isSteady),
      ])
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    let options = Options(
      head: try settings.widths("head"), predictor: try settings.whole("predictor", in: 0...65_536),
      stopsGradient: try settings.flag("stop"), isSteady: try settings.flag("steady"))
    let count = NormalisedHead.parameterCount(
      input: encoder.outputWidth, widths: options.head, end: .standardised)
    let output = options.head.last ?? encoder.outputWidth
    return MethodDescription(
      weightCount: count + Predictor.weightCount(of: output, hidden: options.predictor), head: options.head
    ) {
      SimSiamMethod(inputWidth: $0.outputWidth, options: options, random: &$1)
    }
  }
}
