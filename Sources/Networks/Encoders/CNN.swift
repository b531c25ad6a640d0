import Base
import Tensors

extension NetworkDescription {
  /// A small convolutional encoder for the classroom: four 3×3 convolutions, each but the first halving the side and doubling the
  /// channels; then the mean over all places. Shapes: x `[n, size, size, 3]`, h `[n, 8·width]`.
  ///
  /// Weight files have the names of a PyTorch module with the lists `conv` and `bn`.
  /// - Parameter width: channels after the first convolution.
  /// - Throws: `InputError` for a width or a size out of bounds.
  public static func cnn(width: Int = 32, size: Int = 32) throws -> NetworkDescription {
    guard (1...1024).contains(width) else {
      throw InputError(
        "a width of \(width) is out of bounds: it must be from 1 to 1024", option: "width",
        advice: "try width=32")
    }
    guard (8...2048).contains(size) else {
      throw InputError(
        "images of \(size) pixels are out of bounds: the side must be from 8 to 2048", option: "size",
        advice: "try size=32")
    }
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
