import Base
import Images
import Networks
import Tensors

/// Barlow Twins (Zbontar et al., 2021): over a batch, each output should agree between the two views, and no two outputs with each other.
///
/// Loss: `BarlowTwinsLoss` of the projections. Each view goes through by itself, so batch normalisation sees one view of each image.
public final class BarlowTwinsMethod: Method {
  public static let name = "barlow"

  let head: NormalisedHead
  public let options: Options
  private let function: BarlowTwinsLoss

  public struct Options: Sendable, Equatable {
    /// Widths of the head's layers; none where z is h.
    public var head: [Int]
    /// λ, the weight of all pairs of different outputs.
    public var lambda: Double
    /// c, a factor of the whole loss.
    public var scale: Double

    public init(head: [Int] = [512, 512, 512], lambda: Double = 0.0051, scale: Double = 1) {
      (self.head, self.lambda, self.scale) = (head, lambda, scale)
    }
  }

  public init(inputWidth: Int, options: Options, random: inout RandomStream) {
    self.options = options
    head = NormalisedHead(input: inputWidth, widths: options.head, end: .linear(bias: false), random: &random)
    function = BarlowTwinsLoss(lambda: options.lambda, scale: options.scale)
  }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    ViewGroup.apart(augmentation, side: side)
  }

  public var layers: [(prefix: String, layer: any Layer)] { [("head.", head)] }
  public var outputWidth: Int { head.outputWidth }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    let result = function(batch.outputs[0], batch.outputs[1], pass: pass)
    return MethodLoss(loss: result.loss, gradients: result.gradients, metrics: [result.correlation])
  }

  public func prepare(for images: ImageSet, batch: Int, isTrained: Bool) throws {
    guard batch > 2 else { throw MethodUseError.correlations(batch: batch) }
  }

  public var lossName: String { "Barlow Twins loss" }
  public var metrics: [Metric] { [.correlation] }
  /// Outputs without any correlation; also that of outputs that are all alike.
  public func chance(batch: Int) -> Double? { options.scale * Double(outputWidth) }

  // MARK: - Files

  public var settings: MethodSettings {
    MethodSettings(
      Self.name,
      [
        "head": .widths(options.head), "lambda": .number(options.lambda), "scale": .number(options.scale),
      ])
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    let options = Options(
      head: try settings.widths("head"), lambda: try settings.number("lambda", in: 0...1e6),
      scale: try settings.number("scale", in: 1e-12...1e6))
    let count = NormalisedHead.parameterCount(
      input: encoder.outputWidth, widths: options.head, end: .linear(bias: false))
    return MethodDescription(weightCount: count, head: options.head) {
      BarlowTwinsMethod(inputWidth: $0.outputWidth, options: options, random: &$1)
    }
  }
}
