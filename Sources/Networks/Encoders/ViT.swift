import Tensors

/// A number out of the bounds that are given, or that does not fit the others.
public enum ViTError: Error, Equatable {
  case layers(Int, ClosedRange<Int>)
  case patch(Int, ClosedRange<Int>)
  case size(Int, ClosedRange<Int>)
  /// A side that is no multiple of the patch's; `nearest` is.
  case pieces(size: Int, patch: Int, nearest: Int)
  case tokens(Int, most: Int, size: Int, patch: Int)
  /// A width of `ViT.Style.paper` that is not the number of values in a patch.
  case paperWidth(Int, patch: Int)
  case width(Int, ClosedRange<Int>, ViT.Style)
  /// Heads that do not divide the width; `fitting` do.
  case heads(Int, width: Int, fitting: Int)
  case dropout(Float)
}

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
  /// - Throws: `ViTError` where the numbers do not fit each other.
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
      shrinking: isPaper ? .layers : .width, step: isPaper ? 1 : heads, start: isPaper ? .layers : .small,
      parts: [Part("patches", .patches(side: patch, width: isPaper ? nil : width)), Part("tokens", .tokens)]
        + (0..<layers).map { Part("blocks.\($0)", .transformer(block)) }
        + (isPaper ? [] : [Part("norm", .layerNorm)]) + [Part("class", .classToken)])
  }

  private static func check(
    _ style: ViT.Style, _ layers: Int, _ heads: Int, _ width: Int, _ patch: Int, _ size: Int, _ dropout: Float
  ) throws {
    let (depths, patches, sizes, widths, mostTokens) = (1...96, 1...128, 1...2048, 1...8192, 4097)
    guard depths.contains(layers) else { throw ViTError.layers(layers, depths) }
    guard patches.contains(patch) else { throw ViTError.patch(patch, patches) }
    guard sizes.contains(size) else { throw ViTError.size(size, sizes) }
    guard size >= patch, size % patch == 0 else {
      let nearest = min(sizes.upperBound / patch, max(1, (size + patch / 2) / patch)) * patch
      throw ViTError.pieces(size: size, patch: patch, nearest: nearest)
    }
    let tokens = (size / patch) * (size / patch) + 1
    guard tokens <= mostTokens else {
      throw ViTError.tokens(tokens, most: mostTokens, size: size, patch: patch)
    }
    guard style == .standard || width == 3 * patch * patch else {
      throw ViTError.paperWidth(width, patch: patch)
    }
    guard widths.contains(width) else { throw ViTError.width(width, widths, style) }
    guard heads >= 1, width % heads == 0 else {
      let fitting = (1...max(1, min(heads, width))).last { width % $0 == 0 } ?? 1
      throw ViTError.heads(heads, width: width, fitting: fitting)
    }
    guard (0..<1).contains(dropout) else { throw ViTError.dropout(dropout) }
  }
}
