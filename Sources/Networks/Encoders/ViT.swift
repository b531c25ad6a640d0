import Base
import Tensors

public enum ViT {
  public enum Style: String, CaseIterable, Sendable {
    /// Patches are tokens as they are, the second part of a block is as wide as the first and bends by ReLU, positions and class
    /// token start uniform in 0…1, and nothing follows the last block (Beasse and Kabouri, section 7).
    case paper
    /// Patches are projected, the second part of a block is four times as wide and bends by GELU, a norm follows the last
    /// block, and weights start small.
    case standard
  }
}

extension NetworkDescription {
  /// A vision transformer (Dosovitskiy et al., 2021): the picture cut into patches, a token for each and one for the class,
  /// learned positions, blocks of attention; the representation is the class token at the end.
  /// Shapes: x `[n, size, size, 3]`, y `[n, width]`.
  ///
  /// - Parameter width: channels of a token; nil for as many as a patch has numbers.
  /// - Throws: `InputError` where the numbers do not fit each other.
  public static func vit(
    _ style: ViT.Style = .paper, layers: Int = 6, heads: Int = 6, width: Int? = nil, patch: Int = 16,
    size: Int = 224, dropout: Float = 0.2
  ) throws -> NetworkDescription {
    let width = width ?? 3 * patch * patch
    try check(style, layers, heads, width, patch, size, dropout)
    let isPaper = style == .paper
    let block = LayerDescription.Transformer(
      heads: heads, hidden: isPaper ? width : 4 * width, gelu: !isPaper, dropout: dropout)
    return NetworkDescription(
      "vit", size: size,
      settings: [
        "style": style.rawValue, "layers": String(layers), "heads": String(heads), "width": String(width),
        "patch": String(patch), "size": String(size), "dropout": String(dropout),
      ],
      shrinking: isPaper ? "layers" : "width", step: isPaper ? 1 : heads, start: isPaper ? .layers : .small,
      parts: [Part("patches", .patches(side: patch, width: isPaper ? nil : width)), Part("tokens", .tokens)]
        + (0..<layers).map { Part("blocks.\($0)", .transformer(block)) }
        + (isPaper ? [] : [Part("norm", .layerNorm)]) + [Part("class", .classToken)])
  }

  private static func check(
    _ style: ViT.Style, _ layers: Int, _ heads: Int, _ width: Int, _ patch: Int, _ size: Int, _ dropout: Float
  ) throws {
    guard (1...96).contains(layers) else {
      throw InputError(
        "\(counted(layers, "layer")) are out of bounds: from 1 to 96.", option: "layers",
        advice: "Write layers=6.")
    }
    guard (1...128).contains(patch) else {
      throw InputError(
        "A patch of \(patch) pixels is out of bounds: from 1 to 128.", option: "patch",
        advice: "Write patch=16.")
    }
    guard (1...2048).contains(size) else {
      throw InputError(
        "Images of \(size) pixels are out of bounds: the side must be from 1 to 2048.", option: "size",
        advice: "Write size=224.")
    }
    guard size >= patch, size % patch == 0 else {
      let near = min(2048 / patch, max(1, (size + patch / 2) / patch)) * patch
      throw InputError(
        "Images of \(size) pixels cannot be cut into patches of \(patch).", option: "size",
        advice: "Write size=\(near).")
    }
    let tokens = (size / patch) * (size / patch) + 1
    guard tokens <= 4097 else {
      throw InputError(
        "Patches of \(patch) make \(counted(tokens, "token")) of an image of \(size) pixels, and at most 4097 are possible.",
        option: "patch", advice: "Write a larger patch.")
    }
    guard style == .standard || width == 3 * patch * patch else {
      throw InputError(
        "With style=paper a token is a patch as it is: \(patch)·\(patch)·3 = \(counted(3 * patch * patch, "number")), not \(width).",
        option: "width", advice: "Leave width out, or write style=standard.")
    }
    guard (1...8192).contains(width) else {
      throw InputError(
        "A width of \(width) is out of bounds: from 1 to 8192.", option: "width",
        advice: style == .paper ? "Write patch=16, or style=standard with a width." : "Write width=384.")
    }
    guard heads >= 1, width % heads == 0 else {
      let fitting = (1...max(1, min(heads, width))).last { width % $0 == 0 } ?? 1
      throw InputError(
        "\(counted(width, "channel")) cannot be shared out among \(counted(heads, "head")).", option: "heads",
        advice: "Write heads=\(fitting).")
    }
    guard (0..<1).contains(dropout) else {
      throw InputError(
        "A dropout of \(dropout) is out of bounds: from 0 to below 1.", option: "dropout",
        advice: "Write dropout=0.2.")
    }
  }
}
