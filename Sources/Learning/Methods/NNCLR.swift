import Base
import Glibc
import Images
import Networks
import Tensors

/// NNCLR (Dwibedi et al., 2021): the positive of a view is not the other view, but the nearest row to that in a queue of earlier outputs.
///
/// `ℓ = CE` of the nearest rows of z₁ against the predictions of view 2, and the other way round, each with half (Eq. 3, `BatchContrastLoss`).
/// Nothing learns through the nearest rows. Each view goes through by itself; after the loss the first view's z enters the queue.
public final class NNCLRMethod: Method {
  public static let name = "nnclr"

  let head: NormalisedHead
  let predictor: NormalisedHead?
  let queue: KeyQueue
  public let options: Options

  public struct Options: Sendable, Equatable {
    /// Widths of the head's layers; none where z is h.
    public var head: [Int]
    /// Width of the predictor's hidden layer; 0 where p is z.
    public var predictor: Int
    public var temperature: Float
    /// Rows of earlier batches.
    public var queue: Int

    public init(
      head: [Int] = [512, 512, 128], predictor: Int = 512, temperature: Float = 0.1, queue: Int = 1024
    ) {
      (self.head, self.predictor) = (head, predictor)
      (self.temperature, self.queue) = (temperature, queue)
    }
  }

  /// Throws `NTXentError` for a temperature that is none.
  public init(inputWidth: Int, options: Options, random: inout RandomStream) throws(NTXentError) {
    try NTXentError.check(temperature: options.temperature)
    self.options = options
    head = NormalisedHead(input: inputWidth, widths: options.head, end: .normalised, random: &random)
    predictor = Predictor.head(of: head.outputWidth, hidden: options.predictor, random: &random)
    queue = KeyQueue(count: options.queue, width: head.outputWidth, random: &random)
  }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    ViewGroup.apart(augmentation, side: side)
  }

  public var layers: [(prefix: String, layer: any Layer)] {
    [("head.", head as any Layer)] + (predictor.map { [("predictor.", $0)] } ?? [])
  }
  public var kept: State {
    var state = State()
    queue.collect(into: &state, name: "queue")
    return state
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
    let function = BatchContrastLoss(temperature: options.temperature, side: .predictions)
    let rows = batch.outputs.map { Predictor.parts(of: $0, width: outputWidth) }
    let neighbours = rows.map { nearest(to: $0.z, pass: pass) }
    var (loss, top1) = (0.0, 0.0)
    let gradients = [(0, 1), (1, 0)].map { own, other in
      let result = function(rows[own].p, against: neighbours[other], pass: pass)
      loss += result.loss / 2
      top1 += result.top1 / 2
      return Predictor.joined(
        Tensor(rows[own].z.shape), result.gradient.scaled(by: 0.5), predictor)
    }
    return MethodLoss(loss: loss, gradients: gradients, metrics: [top1])
  }

  /// For each row of z the row of the queue at the smallest angle; the first of several.
  private func nearest(to z: Tensor, pass: Pass) -> Tensor {
    let scores = product(normalised(z, pass: pass).unit, queue.rows, transposeB: true, pass: pass)
    let count = queue.count
    return queue.rows.rows(
      (0..<z.shape[0]).map { row in
        let line = UnsafeBufferPointer(start: scores.pointer + row * count, count: count)
        return line.indices.max { line[$0] < line[$1] } ?? 0
      })
  }

  public func finishStep(_ step: MethodStep, batch: MethodBatch) {
    queue.add(normalised(Predictor.parts(of: batch.outputs[0], width: outputWidth).z, pass: Pass()).unit)
  }

  public func prepare(for images: ImageSet, batch: Int, isTrained: Bool) throws {
    guard options.queue <= images.count else {
      throw MethodUseError.longQueue(
        options.queue, most: images.count, images.name, images: images.count)
    }
  }

  public var lossName: String { "InfoNCE loss of nearest neighbours" }
  public var metrics: [Metric] { [.top1] }
  public func chance(batch: Int) -> Double? { log(Double(batch)) }

  // MARK: - Files

  public var settings: MethodSettings {
    MethodSettings(
      Self.name,
      [
        "head": .widths(options.head), "predictor": .number(Double(options.predictor)),
        "temperature": .number(Double(options.temperature)), "queue": .number(Double(options.queue)),
      ])
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    let options = Options(
      head: try settings.widths("head"), predictor: try settings.whole("predictor", in: 0...65_536),
      temperature: try settings.temperature(), queue: try settings.whole("queue", in: 1...1 << 22))
    let width = options.head.last ?? encoder.outputWidth
    let head = NormalisedHead.parameterCount(
      input: encoder.outputWidth, widths: options.head, end: .normalised)
    let rest = Predictor.weightCount(of: width, hidden: options.predictor) + options.queue * width
    return MethodDescription(weightCount: head + rest, head: options.head) {
      try NNCLRMethod(inputWidth: $0.outputWidth, options: options, random: &$1)
    }
  }
}
