import Base
import Glibc
import Images
import Networks
import Tensors

/// Solving jigsaw puzzles (Noroozi and Favaro, 2016): the tiles of an image are shuffled, and a head tells from the representations of all of
/// them, side by side, in which of some orders they lie.
///
/// Loss: the mean cross entropy over images. Each tile goes through the encoder by itself, as one of a batch. There is no output z of a
/// single image, so z is h.
public final class JigsawMethod: Method {
  public static let name = "jigsaw"

  let head: NormalisedHead
  private let inputWidth: Int
  private let orders: TileOrders
  public let options: Options

  public struct Options: Sendable, Equatable {
    /// Widths of the head's layers before the scores.
    public var head: [Int]
    public var tiles: Tiles
    /// Number of orders to tell apart.
    public var orders: Int

    public init(head: [Int] = [256], tiles: Tiles = Tiles(), orders: Int? = nil) {
      (self.head, self.tiles) = (head, tiles)
      self.orders = orders ?? TileOrders.usual(of: tiles.grid)
    }
  }

  /// Throws where the network does not take images of the tiles' size.
  public init(encoder: NetworkDescription, options: Options, random: inout RandomStream) throws {
    try options.tiles.check(encoder)
    self.options = options
    inputWidth = encoder.outputWidth
    orders = TileOrders(of: options.tiles.grid, count: options.orders)
    head = NormalisedHead(
      input: options.tiles.count * inputWidth, widths: options.head + [options.orders],
      end: .linear(bias: true), random: &random)
  }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    [options.tiles.group(of: augmentation, size: side, orders: orders)]
  }

  public var layers: [(prefix: String, layer: any Layer)] { [("head.", head)] }
  public var outputWidth: Int { inputWidth }
  public var rowWidth: Int { options.orders }
  public var rowsBeginWithZ: Bool { false }

  public func outputs(of h: Tensor, group: Int, saving tape: inout Tape) -> Tensor {
    head.forward(h.joiningViews(options.tiles.count), saving: &tape)
  }

  public func backward(_ dz: Tensor, group: Int, from tape: inout Tape) -> Tensor {
    head.backward(dz, from: &tape).partingViews(options.tiles.count)
  }

  public func judgedZ(of h: Tensor, saving tape: inout Tape) -> Tensor { h }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    guard let answers = batch.answers[0] else { preconditionFailure("each image has its order") }
    return MethodLoss(scores: batch.outputs[0], answers: answers)
  }

  public var lossName: String { "Cross entropy" }
  public var metrics: [Metric] { [.top1] }
  public func chance(batch: Int) -> Double? { log(Double(options.orders)) }

  // MARK: - Files

  public var settings: MethodSettings {
    var settings = MethodSettings(
      Self.name, ["head": .widths(options.head), "orders": .number(Double(options.orders))])
    options.tiles.write(to: &settings)
    return settings
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    let tiles = try Tiles(from: settings)
    let options = Options(
      head: try settings.widths("head"), tiles: tiles,
      orders: try settings.whole("orders", in: 2...min(1000, TileOrders.most(of: tiles.grid))))
    let count = NormalisedHead.parameterCount(
      input: tiles.count * encoder.outputWidth, widths: options.head + [options.orders],
      end: .linear(bias: true))
    return MethodDescription(weightCount: count, head: options.head) {
      try JigsawMethod(encoder: $0.description, options: options, random: &$1)
    }
  }
}
