import Base
import Glibc
import Images
import Networks
import Tensors

/// SimCLR with the decoupled loss (Yeh et al., 2022): the positive does not stand in the denominator, so that an easy one does not silence
/// the negatives.
public final class DecoupledMethod: Method {
  public static let name = "decoupled"

  let head: ProjectionHead
  private let function: DecoupledLoss

  /// - Parameter isWeighted: whether positives count by how unlike they are (DCLW), with σ = 0.5.
  /// - Throws: `NTXentError` for a temperature that is none.
  public init(head: ProjectionHead, temperature: Float, isWeighted: Bool) throws(NTXentError) {
    try NTXentError.check(temperature: temperature)
    self.head = head
    function = DecoupledLoss(temperature: temperature, sigma: isWeighted ? 0.5 : nil)
  }

  public var headWidths: [Int] { head.widths }
  public var temperature: Float { function.temperature }
  public var isWeighted: Bool { function.sigma != nil }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    [ViewGroup(views: 2, augmentation: augmentation, side: side)]
  }

  public var layers: [(prefix: String, layer: any Layer)] { [("head.", head)] }
  public var outputWidth: Int { head.outputWidth }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    let result = function(batch.outputs[0], pass: pass)
    return MethodLoss(loss: result.loss, gradients: [result.gradient], metrics: [result.top1])
  }

  public var lossName: String { "Decoupled loss" }
  public var metrics: [Metric] { [.top1] }
  public func chance(batch: Int) -> Double? { batch > 1 ? log(Double(2 * batch - 2)) : nil }

  // MARK: - Files

  public var settings: MethodSettings {
    MethodSettings(
      Self.name,
      [
        "temperature": .number(Double(temperature)), "head": .widths(headWidths),
        "weighted": .flag(isWeighted),
      ])
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    let (widths, isWeighted) = (try settings.widths("head"), try settings.flag("weighted"))
    let temperature = try settings.temperature()
    let count = ProjectionHead.parameterCount(input: encoder.outputWidth, widths: widths)
    return MethodDescription(weightCount: count) {
      try ProjectionHead.checkMemory(input: $0.outputWidth, widths: widths)
      let head = ProjectionHead(input: $0.outputWidth, widths: widths)
      return try DecoupledMethod(head: head, temperature: temperature, isWeighted: isWeighted)
    }
  }
}
