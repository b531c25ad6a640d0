import Base
import Glibc
import Images
import Networks
import Tensors

/// Rotation (RotNet; Gidaris et al., 2018): each image enters turned by 0, 90, 180 and 270°, and one linear layer tells by how much.
///
/// Loss: the mean cross entropy over all four. Pixels are moved, never interpolated, so that nothing but the content tells the angle.
public final class RotationMethod: Method {
  public static let name = "rotation"

  let head: ProjectionHead

  public init(inputWidth: Int, random: inout RandomStream) {
    head = ProjectionHead(input: inputWidth, widths: [4], random: &random)
  }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    let task = ViewTask.each { view, side, number, _ in
      turn(view, side: side, quarters: number % 4)
      return number % 4
    }
    return [ViewGroup(views: 4, augmentation: augmentation, side: side, task: task)]
  }

  public var layers: [(prefix: String, layer: any Layer)] { [("head.", head)] }
  public var outputWidth: Int { 4 }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    guard let answers = batch.answers[0] else { preconditionFailure("each view has its angle") }
    return MethodLoss(scores: batch.outputs[0], answers: answers)
  }

  public var lossName: String { "Cross entropy" }
  public var metrics: [Metric] { [.top1] }
  public func chance(batch: Int) -> Double? { log(4) }

  // MARK: - Files

  public var settings: MethodSettings { MethodSettings(Self.name) }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    MethodDescription(weightCount: ProjectionHead.parameterCount(input: encoder.outputWidth, widths: [4])) {
      var random = RandomStream(seed: 0)
      return RotationMethod(inputWidth: $0.outputWidth, random: &random)
    }
  }
}

/// Turns a view `[side, side, 3]` counter-clockwise by quarters.
func turn(_ view: UnsafeMutableBufferPointer<Float>, side: Int, quarters: Int) {
  guard quarters % 4 != 0 else { return }
  let copy = Array(view)
  for y in 0..<side {
    for x in 0..<side {
      var (row, column) = (y, x)
      for _ in 0..<quarters % 4 { (row, column) = (column, side - 1 - row) }
      for c in 0..<3 { view[(y * side + x) * 3 + c] = copy[(row * side + column) * 3 + c] }
    }
  }
}
