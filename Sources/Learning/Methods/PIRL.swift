import Base
import Glibc
import Images
import Networks
import Tensors

/// PIRL (Misra and van der Maaten, 2020): an image and its shuffled tiles should have the same representation, told apart from those of
/// other images, of each of which a memory keeps one.
///
/// `v = W·f(x)` of the image and `g = V·[U·f(t₁), U·f(t₂), …]` of its tiles; m_i is the memory's row of image i. The loss is
/// `½·ℓ(g, m_i) + ½·ℓ(v, m_i)` (Eq. 5), ℓ InfoNCE against rows of images outside the batch, drawn anew at each step. After it
/// `m_i ← normalised(½·m_i + ½·v)`.
public final class PIRLMethod: Method {
  public static let name = "pirl"

  let head: ProjectionHead
  let tileHead: ProjectionHead
  let joint: ProjectionHead
  private let bank: MemoryBank
  private let orders: TileOrders
  public let options: Options

  public struct Options: Sendable, Equatable {
    /// Length of v and g.
    public var width: Int
    public var tiles: Tiles
    public var temperature: Float
    /// Rows of the memory that each image is told apart from.
    public var negatives: Int
    /// Share of a row of the memory that stays where its image comes by.
    public var momentum: Float
    /// Share of the loss that compares tiles with the memory; the rest compares the image.
    public var share: Float

    public init(
      width: Int = 128, tiles: Tiles = Tiles(), temperature: Float = 0.07, negatives: Int = 1024,
      momentum: Float = 0.5, share: Float = 0.5
    ) {
      (self.width, self.tiles, self.temperature) = (width, tiles, temperature)
      (self.negatives, self.momentum, self.share) = (negatives, momentum, share)
    }
  }

  /// - Parameter bank: rows of the memory, where a training has made them already.
  /// - Throws: `NTXentError` for a temperature that is none, and where the network does not take images of the tiles' size.
  public init(
    encoder: NetworkDescription, options: Options, bank: MemoryBank.Place? = nil, random: inout RandomStream
  ) throws {
    try NTXentError.check(temperature: options.temperature)
    try options.tiles.check(encoder)
    self.options = options
    orders = TileOrders(of: options.tiles.grid, count: TileOrders.usual(of: options.tiles.grid))
    let (input, width) = (encoder.outputWidth, options.width)
    head = ProjectionHead(input: input, widths: [width], random: &random)
    tileHead = ProjectionHead(input: input, widths: [width], random: &random)
    joint = ProjectionHead(input: options.tiles.count * width, widths: [width], random: &random)
    self.bank = MemoryBank(width: width, for: bank)
  }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    [
      ViewGroup(views: 1, augmentation: augmentation, side: side),
      options.tiles.group(of: augmentation, size: side, orders: orders),
    ]
  }

  public var layers: [(prefix: String, layer: any Layer)] {
    [("head.", head), ("tile_head.", tileHead), ("joint.", joint)]
  }
  public var kept: State {
    var state = State()
    if let rows = bank.rows { state.add("bank", rows) }
    return state
  }
  public var outputWidth: Int { options.width }

  public func outputs(of h: Tensor, group: Int, saving tape: inout Tape) -> Tensor {
    guard group == 1 else { return head.forward(h, saving: &tape) }
    let tiles = tileHead.forward(h, saving: &tape)
    return joint.forward(tiles.joiningViews(options.tiles.count), saving: &tape)
  }

  public func backward(_ dz: Tensor, group: Int, from tape: inout Tape) -> Tensor {
    guard group == 1 else { return head.backward(dz, from: &tape) }
    let tiles = joint.backward(dz, from: &tape).partingViews(options.tiles.count)
    return tileHead.backward(tiles, from: &tape)
  }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    guard let rows = bank.rows else { preconditionFailure("`prepare` makes the memory") }
    var random = pass.random("negatives", batch.step)
    let others = bank.others(than: batch.images, count: options.negatives, random: &random)
    let (own, queue) = (rows.rows(batch.images), rows.rows(others))
    let function = QueueLoss(temperature: options.temperature)
    let shares = [1 - options.share, options.share]
    let results = batch.outputs.map { function($0, keys: own, queue: queue, pass: pass) }
    return MethodLoss(
      loss: zip(results, shares).reduce(0) { $0 + $1.0.loss * Double($1.1) },
      gradients: zip(results, shares).map { $0.gradient.scaled(by: $1) }, metrics: [results[1].top1])
  }

  public func finishStep(_ step: MethodStep, batch: MethodBatch) {
    let v = normalised(batch.outputs[0], pass: Pass()).unit
    bank.move(batch.images, to: v, momentum: options.momentum)
  }

  public func prepare(for images: ImageSet, batch: Int, isTrained: Bool) throws {
    let most = images.count - batch
    // What the plan refuses anyway is told there.
    guard most < 0 || options.negatives <= most else {
      throw MethodUseError.negatives(options.negatives, most: most, images.name, images: images.count)
    }
    bank.prepare(for: images)
  }

  public var lossName: String { "InfoNCE loss" }
  public var metrics: [Metric] { [.top1] }
  public func chance(batch: Int) -> Double? { log(Double(options.negatives + 1)) }

  // MARK: - Files

  public var settings: MethodSettings {
    var settings = MethodSettings(
      Self.name,
      [
        "width": .number(Double(options.width)), "temperature": .number(Double(options.temperature)),
        "negatives": .number(Double(options.negatives)), "momentum": .number(Double(options.momentum)),
        "share": .number(Double(options.share)),
      ])
    options.tiles.write(to: &settings)
    bank.write(to: &settings)
    return settings
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    let options = Options(
      width: try settings.whole("width", in: 1...65_536), tiles: try Tiles(from: settings),
      temperature: try settings.temperature(), negatives: try settings.whole("negatives", in: 1...1 << 22),
      momentum: Float(try settings.number("momentum", in: 0...1)),
      share: Float(try settings.number("share", in: 0...1)))
    let place = try MemoryBank.Place(from: settings)
    let (input, width) = (encoder.outputWidth, options.width)
    let count =
      2 * ProjectionHead.parameterCount(input: input, widths: [width])
      + ProjectionHead.parameterCount(input: options.tiles.count * width, widths: [width])
      + (place?.images ?? 0) * width
    return MethodDescription(weightCount: count, head: [width]) {
      try PIRLMethod(encoder: $0.description, options: options, bank: place, random: &$1)
    }
  }
}
