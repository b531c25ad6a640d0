import Base
import Images
import Networks
import Tensors

/// SimCLR with a loss that somebody wrote: a formula of the projections of all 2N views (`FormulaLoss`).
public final class FormulaMethod: Method {
  public static let name = "formula"

  let head: ProjectionHead
  public private(set) var function: FormulaLoss

  public init(head: ProjectionHead, loss: FormulaLoss) {
    self.head = head
    function = loss
  }

  /// Reads the text of a file's loss; until then it has no value. `reader` may throw where the text makes no sense.
  public func read(by reader: (FormulaSource) throws -> FormulaLoss) rethrows {
    function = try reader(function.source)
  }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    [ViewGroup(views: 2, augmentation: augmentation, side: side)]
  }

  public var headWidths: [Int] { head.widths }
  public var layers: [(prefix: String, layer: any Layer)] { [("head.", head)] }
  public var outputWidth: Int { head.outputWidth }

  public func loss(of batch: MethodBatch, pass: Pass) throws -> MethodLoss {
    let z = batch.outputs[0]
    // A network that has diverged is none of the formula's doing.
    guard z.isFinite else { return MethodLoss(loss: .nan, gradients: [Tensor(z.shape)], metrics: [0]) }
    let (loss, gradient) = try function.gradient(at: Grid<Float>(z), pass: pass)
    return MethodLoss(loss: loss, gradients: [gradient.tensor], metrics: [top1(z, pass: pass)])
  }

  /// Tries the loss on outputs of the size that steps will have, so that what does not fit is said before any work.
  public func prepare(for images: ImageSet, batch: Int, isTrained: Bool) throws {
    let pass = Pass()
    var random = pass.random("trial of a formula")
    let z = Tensor([2 * batch, outputWidth], drawnFrom: &random) { $0.normal() }
    _ = try function.gradient(at: Grid<Float>(z), pass: pass)
  }

  /// Share of views whose partner is their nearest of all.
  private func top1(_ z: Tensor, pass: Pass) -> Double {
    let rows = z.shape[0]
    let unit = normalised(z, pass: pass).unit
    let scores = product(unit, unit, transposeB: true, pass: pass)
    let hits = (0..<rows).count { row in
      let line = scores.pointer + row * rows
      line[row] = -.infinity
      let partner = line[(row + rows / 2) % rows]
      return (0..<rows).allSatisfy { line[$0] <= partner }
    }
    return Double(hits) / Double(max(1, rows))
  }

  public var lossName: String { "Loss \(function.source.name)" }
  public var metrics: [Metric] { [.top1] }
  public func chance(batch: Int) -> Double? { nil }

  // MARK: - Files

  public var settings: MethodSettings {
    let source = function.source
    let names = source.settings.keys.sorted()
    return MethodSettings(
      Self.name,
      [
        "head": .widths(headWidths), "name": .text(source.name), "text": .text(source.text),
        "options": .texts(names), "values": .numbers(names.map { source.settings[$0] ?? 0 }),
      ])
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    let (widths, names) = (try settings.widths("head"), try settings.texts("options"))
    let values =
      names.isEmpty
      ? []
      : try settings.numbers(
        "values", in: -Double.greatestFiniteMagnitude...(.greatestFiniteMagnitude), count: names.count)
    let source = FormulaSource(
      name: try settings.text("name"), text: try settings.text("text"),
      settings: Dictionary(zip(names, values)) { $1 })
    let count = ProjectionHead.parameterCount(input: encoder.outputWidth, widths: widths)
    return MethodDescription(weightCount: count) {
      try ProjectionHead.checkMemory(input: $0.outputWidth, widths: widths)
      let head = ProjectionHead(input: $0.outputWidth, widths: widths)
      return FormulaMethod(head: head, loss: FormulaLoss(unread: source))
    }
  }
}
