import Base
import Images
import Networks
import Tensors

/// SimCLR (Chen et al. 2020): the two views of a picture attract, views of different pictures repel.
///
/// `z = g(h)` is a projection, and the loss is NT-Xent of the projections of all 2N views.
public final class SimCLRMethod: Method {
  public static let name = "simclr"

  package let head: ProjectionHead
  public let ntXent: NTXent

  public init(head: ProjectionHead, loss: NTXent) {
    self.head = head
    ntXent = loss
  }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    [ViewGroup(views: 2, augmentation: augmentation, side: side)]
  }

  /// Widths of the head's layers; none where z is h.
  public var headWidths: [Int] { head.widths }
  public var layers: [(prefix: String, layer: any Layer)] { [("head.", head)] }
  public var outputWidth: Int { head.outputWidth }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    let result = ntXent(batch.outputs[0], pass: pass)
    return MethodLoss(loss: result.loss, gradients: [result.gradient], metrics: [result.top1])
  }

  public var lossName: String { "NT-Xent loss" }
  public var metrics: [Metric] { [.top1] }
  public func chance(batch: Int) -> Double? { ntXent.chance(batch: batch) }
  public var floor: Double? { ntXent.floor }

  // MARK: - Files

  public var settings: MethodSettings {
    var settings = MethodSettings(
      Self.name,
      ["temperature": .number(Double(ntXent.temperature)), "head": .numbers(head.widths.map(Double.init))])
    if ntXent.form != .standard { settings["form"] = .text(ntXent.form.rawValue) }
    return settings
  }

  public static func describe(_ settings: MethodSettings, on encoder: NetworkDescription) throws
    -> MethodDescription
  {
    let widths = try settings.widths("head")
    let written = settings["form"] == nil ? nil : try settings.text("form")
    guard let form = written.map(NTXent.Form.init(rawValue:)) ?? .standard else {
      throw MethodError.form(written ?? "")
    }
    let temperature = Float(try settings.number("temperature"))
    let loss: NTXent
    do throws(NTXentError) { loss = try NTXent(temperature: temperature, form: form) } catch {
      throw MethodError.loss(error)
    }
    return MethodDescription(
      weightCount: ProjectionHead.parameterCount(input: encoder.outputWidth, widths: widths)
    ) {
      try ProjectionHead.checkMemory(input: $0.outputWidth, widths: widths)
      return SimCLRMethod(head: ProjectionHead(input: $0.outputWidth, widths: widths), loss: loss)
    }
  }
}
