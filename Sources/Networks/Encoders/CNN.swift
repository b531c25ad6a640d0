import Tensors

/// A number out of the bounds that are given.
public enum CNNError: Error, Equatable {
  case width(Int, ClosedRange<Int>)
  case size(Int, ClosedRange<Int>)
}

extension NetworkDescription {
  /// A small convolutional encoder for the classroom: four 3×3 convolutions, each but the first halving the side and doubling the
  /// channels; then the mean over all places. Shapes: x `[n, size, size, 3]`, h `[n, 8·width]`.
  ///
  /// Weight files have the names of a PyTorch module with the lists `conv` and `bn`.
  /// - Parameter width: channels after the first convolution.
  /// - Throws: `CNNError` for a width or a size out of bounds.
  public static func cnn(width: Int = 32, size: Int = 32) throws -> NetworkDescription {
    let (widths, sizes) = (1...1024, 8...2048)
    guard widths.contains(width) else { throw CNNError.width(width, widths) }
    guard sizes.contains(size) else { throw CNNError.size(size, sizes) }
    let convolutions = (0..<4).map { stage in
      Part(
        "conv.\(stage)",
        .convolution(
          .init(
            kernel: 3, stride: stage == 0 ? 1 : 2, outputs: width << stage, name: "conv.\(stage)",
            normName: "bn.\(stage)")))
    }
    return NetworkDescription(
      "cnn", size: size, settings: ["width": String(width), "size": String(size)],
      parts: convolutions + [Part("mean", .meanPool)])
  }
}
