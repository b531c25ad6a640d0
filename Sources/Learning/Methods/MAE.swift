import Base
import Images
import Networks
import Tensors

/// A masked autoencoder (He et al., 2022): the encoder, a vision transformer, sees some patches of an image, and a small decoder makes the
/// pixels of those that were hidden.
///
/// Loss: `PatchLoss`, the mean squared difference over hidden patches, each normalised. Which are hidden is drawn for each image at each step. The
/// decoder is thrown away; h is the class token of the whole image, and z is h.
public final class MAEMethod: Method {
  public static let name = "mae"

  let decoder: PatchDecoder
  private let inputWidth: Int
  let grid: (side: Int, perSide: Int)
  public let options: Options

  public struct Options: Sendable, Equatable {
    /// Share of an image's patches that are hidden.
    public var hidden: Double
    public var decoder: PatchDecoder.Shape
    /// Whether each patch of the target is moved to mean 0 and variance 1.
    public var isNormalised: Bool

    public init(
      hidden: Double = 0.75, decoder: PatchDecoder.Shape = PatchDecoder.Shape(), isNormalised: Bool = true
    ) {
      (self.hidden, self.decoder, self.isNormalised) = (hidden, decoder, isNormalised)
    }
  }

  /// Throws `MethodUseError` where the network cuts no images into patches, or too few, or the decoder's sizes do not fit each other.
  public init(encoder: NetworkDescription, options: Options, random: inout RandomStream) throws {
    grid = try MAEMethod.grid(of: encoder, options)
    self.options = options
    inputWidth = encoder.outputWidth
    decoder = PatchDecoder(
      options.decoder, input: inputWidth, perSide: grid.perSide, outputs: 3 * grid.side * grid.side,
      random: &random)
  }

  private static func grid(
    of encoder: NetworkDescription, _ options: Options
  ) throws -> (side: Int, perSide: Int) {
    guard let grid = encoder.patches, encoder.isVisionTransformer else {
      throw MethodUseError.noPatches(architecture: encoder.architecture)
    }
    guard grid.perSide > 1 else { throw MethodUseError.fewPatches(1, size: encoder.inputSize) }
    let (width, heads) = (options.decoder.width, options.decoder.heads)
    let step = stride(from: heads, through: 4 * heads, by: heads).first { $0 % 4 == 0 } ?? 4 * heads
    guard width % step == 0 else {
      throw MethodUseError.decoderWidth(
        width, heads: heads, fitting: max(1, (width + step / 2) / step) * step)
    }
    return grid
  }

  private var patches: Int { grid.perSide * grid.perSide }
  /// Number of patches of an image that are seen.
  public var visible: Int { min(patches - 1, max(1, Int(Double(patches) * (1 - options.hidden)))) }
  /// Numbers of all patches of an image.
  private var pixels: Int { patches * 3 * grid.side * grid.side }

  public func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    [ViewGroup(views: 1, augmentation: augmentation, side: side)]
  }

  public var layers: [(prefix: String, layer: any Layer)] { [("decoder.", decoder)] }
  public var outputWidth: Int { inputWidth }
  /// Predicted pixels of all patches, and behind them of each patch whether it was hidden.
  public var rowWidth: Int { pixels + patches }
  public var rowsBeginWithZ: Bool { false }

  public func forward(
    _ views: Tensor, through encoder: any Networks.Encoder, group: Int, saving tape: inout Tape
  ) -> (h: Tensor, rows: Tensor) {
    guard let seeing = VisibleEncoder(of: encoder) else { preconditionFailure("`init` looks at the network") }
    var random = tape.random()
    let images = views.shape[0]
    let seen = VisiblePatches(images: images, visible: visible, of: patches, random: &random)
    let tokens = seeing.forward(views, seen, saving: &tape)
    let predictions = decoder.forward(tokens, seen, saving: &tape)
    tape.push(seen.asTensor)
    let flags = Tensor([images, patches], seen.isHidden.map { $0 ? 1 : 0 })
    let first = tokens.rows((0..<images).map { $0 * (visible + 1) })
    return (first, predictions.reshaped([images, pixels]).beside(flags))
  }

  public func backward(
    _ dz: Tensor, through encoder: any Networks.Encoder, group: Int, from tape: inout Tape
  ) {
    guard let seeing = VisibleEncoder(of: encoder) else { preconditionFailure("`init` looks at the network") }
    let seen = VisiblePatches(tape.pop(), of: patches)
    let rows = dz.columns(0..<pixels).reshaped([dz.shape[0] * patches, pixels / patches])
    seeing.backward(decoder.backward(rows, seen, from: &tape), seen, from: &tape)
  }

  /// The pixels of all patches, `[n, pixels]`.
  public func targets(of views: Tensor, group: Int, saving tape: inout Tape) -> Tensor? {
    cutIntoPatches(views, side: grid.side, pass: tape.pass).reshaped([views.shape[0], pixels])
  }

  public func judgedZ(of h: Tensor, saving tape: inout Tape) -> Tensor { h }

  public func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    guard let target = batch.targets[0] else { preconditionFailure("the pixels are the target") }
    let (rows, images) = (batch.outputs[0], batch.outputs[0].shape[0])
    let shape = [images * patches, pixels / patches]
    let hidden = rows.columns(pixels..<rowWidth).elements.map { $0 == 1 }
    let result = PatchLoss(isNormalised: options.isNormalised)(
      rows.columns(0..<pixels).reshaped(shape), target: target.reshaped(shape), isHidden: hidden)
    let gradient = result.gradient.reshaped([images, pixels]).beside(Tensor([images, patches]))
    return MethodLoss(loss: rows.isFinite ? result.loss : .nan, gradients: [gradient])
  }

  public var lossName: String { "Squared error of hidden patches" }
  public var metrics: [Metric] { [] }
  public func chance(batch: Int) -> Double? { nil }

  // MARK: - Files

  public var settings: MethodSettings {
    MethodSettings(
      Self.name,
      [
        "hidden": .number(options.hidden), "width": .number(Double(options.decoder.width)),
        "layers": .number(Double(options.decoder.layers)), "heads": .number(Double(options.decoder.heads)),
        "normalised": .flag(options.isNormalised),
      ])
  }

  public static func describe(
    _ settings: MethodSettings, on encoder: NetworkDescription
  ) throws -> MethodDescription {
    let options = Options(
      hidden: try settings.number("hidden", in: 0...1),
      decoder: PatchDecoder.Shape(
        width: try settings.whole("width", in: 4...16_384), layers: try settings.whole("layers", in: 1...96),
        heads: try settings.whole("heads", in: 1...256)), isNormalised: try settings.flag("normalised"))
    let grid = try grid(of: encoder, options)
    let count = options.decoder.parameterCount(
      input: encoder.outputWidth, outputs: 3 * grid.side * grid.side)
    return MethodDescription(weightCount: count, head: [options.decoder.width]) {
      try MAEMethod(encoder: $0.description, options: options, random: &$1)
    }
  }
}
