import Base
import Glibc
import Images
import Networks
import Tensors

/// SupCon (Khosla et al., 2020): SimCLR with labels; all views of the same class attract.
public final class SupConMethod: Method {
  public static let name = "supcon"

  let head: ProjectionHead
  private let function: SupConLoss

  /// Place of the mean over the positives of a view.
  public enum Form: String, Sendable, CaseIterable {
    /// The mean outside the logarithm, as the paper recommends (Eq. 2).
    case outside
    /// The mean inside the logarithm, as solo-learn has it (Eq. 3 but for a constant).
    case inside
  }

  /// Throws `NTXentError` for a temperature that is none.
  public init(head: ProjectionHead, temperature: Float, form: Form = .outside) throws(NTXentError) {
    try NTXentError.check(temperature: temperature)
    self.head = head
    function = SupConLoss(temperature: temperature, form: form == .outside ? .outside : .inside)
  }

  public var headWidths: [Int] { head.widths }
  public var temperature: Float { function.temperature }
  public var form: Form { function.form == .outside ? .outside : .inside }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    [ViewGroup(views: 2, augmentation: augmentation, side: side)]
  }

  public var layers: [(prefix: String, layer: any Layer)] { [("head.", head)] }
  public var outputWidth: Int { head.outputWidth }
  public var needsLabels: Bool { true }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    guard let labels = batch.labels else { preconditionFailure("needsLabels is true") }
    let result = function(batch.outputs[0], labels: labels + labels, pass: pass)
    return MethodLoss(loss: result.loss, gradients: [result.gradient], metrics: [result.top1])
  }

  public func prepare(for images: ImageSet, batch: Int, isTrained: Bool) throws {
    guard images.labels != nil else { throw SupervisedError.unlabelled(images.name) }
    guard images.count < 2 || images.presentClasses.count > 1 else {
      throw SupervisedError.oneClass(images.name)
    }
  }

  public var lossName: String { "SupCon loss" }
  public var metrics: [Metric] { [.top1] }
  public func chance(batch: Int) -> Double? { form == .outside ? log(Double(2 * batch - 1)) : nil }

  // MARK: - Files

  public var settings: MethodSettings {
    MethodSettings(
      Self.name,
      [
        "temperature": .number(Double(temperature)), "head": .widths(headWidths),
        "form": .text(form.rawValue),
      ])
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    let (widths, written) = (try settings.widths("head"), try settings.text("form"))
    guard let form = Form(rawValue: written) else { throw MethodError.choice(name, setting: "form", written) }
    let temperature = try settings.temperature()
    let count = ProjectionHead.parameterCount(input: encoder.outputWidth, widths: widths)
    return MethodDescription(weightCount: count) {
      try ProjectionHead.checkMemory(input: $0.outputWidth, widths: widths)
      let head = ProjectionHead(input: $0.outputWidth, widths: widths)
      return try SupConMethod(head: head, temperature: temperature, form: form)
    }
  }
}
