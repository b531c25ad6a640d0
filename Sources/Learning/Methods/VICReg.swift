import Base
import Images
import Networks
import Tensors

/// VICReg (Bardes et al., 2022): the two views alike, each output varied over the batch, no two outputs correlated.
///
/// Loss: `VICRegLoss` of the projections, which are not normalised. Each view goes through by itself, so batch normalisation sees one
/// view of each image.
public final class VICRegMethod: Method {
  public static let name = "vicreg"

  let head: NormalisedHead
  public let options: Options

  public struct Options: Sendable, Equatable {
    /// Widths of the head's layers; none where z is h.
    public var head: [Int]
    /// λ, μ and ν of Eq. 6.
    public var invariance: Double
    public var variance: Double
    public var covariance: Double

    public init(
      head: [Int] = [512, 512, 512], invariance: Double = 25, variance: Double = 25, covariance: Double = 1
    ) {
      self.head = head
      (self.invariance, self.variance, self.covariance) = (invariance, variance, covariance)
    }
  }

  public init(inputWidth: Int, options: Options, random: inout RandomStream) {
    self.options = options
    head = NormalisedHead(input: inputWidth, widths: options.head, end: .linear(bias: false), random: &random)
  }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    ViewGroup.apart(augmentation, side: side)
  }

  public var layers: [(prefix: String, layer: any Layer)] { [("head.", head)] }
  public var outputWidth: Int { head.outputWidth }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    let function = VICRegLoss(
      invariance: options.invariance, variance: options.variance, covariance: options.covariance)
    let result = function(batch.outputs[0], batch.outputs[1], pass: pass)
    let (alike, varied, apart) = result.parts
    return MethodLoss(loss: result.loss, gradients: result.gradients, metrics: [alike, varied, apart])
  }

  public func prepare(for images: ImageSet, batch: Int, isTrained: Bool) throws {
    guard batch > 2 else { throw MethodUseError.correlations(batch: batch) }
  }

  public var lossName: String { "VICReg loss" }
  public var metrics: [Metric] { [.invariance, .variance, .covariance] }
  public func chance(batch: Int) -> Double? { nil }

  // MARK: - Files

  public var settings: MethodSettings {
    MethodSettings(
      Self.name,
      [
        "head": .widths(options.head), "invariance": .number(options.invariance),
        "variance": .number(options.variance), "covariance": .number(options.covariance),
      ])
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    func weight(_ name: String) throws -> Double { try settings.number(name, in: 0...1e6) }
    let options = Options(
      head: try settings.widths("head"), invariance: try weight("invariance"),
      variance: try weight("variance"), covariance: try weight("covariance"))
    let count = NormalisedHead.parameterCount(
      input: encoder.outputWidth, widths: options.head, end: .linear(bias: false))
    return MethodDescription(weightCount: count, head: options.head) {
      VICRegMethod(inputWidth: $0.outputWidth, options: options, random: &$1)
    }
  }
}
