import Tensors

/// A number out of bounds.
public enum ResNetError: Error, Equatable {
  case width(Int, ClosedRange<Int>)
  case small(Int, ResNet.Stem)
  case large(Int, most: Int)
}

/// Residual networks without their last layer (He et al., 2016): a stem, four stages of blocks whose width doubles from stage to
/// stage, and the mean over all places.
public enum ResNet {
  public enum Depth: String, CaseIterable, Sendable {
    case resnet18, resnet34
    /// Made of bottleneck blocks, which give four times their width.
    case resnet50

    /// Blocks of each stage.
    public var blocks: [Int] { self == .resnet18 ? [2, 2, 2, 2] : [3, 4, 6, 3] }
    public var layers: Int { self == .resnet18 ? 18 : self == .resnet34 ? 34 : 50 }
    /// A representation has so many times the width of the first stage.
    public var expansion: Int { self == .resnet50 ? 32 : 8 }

    func block(_ name: String, inputs: Int, width: Int, stride: Int) -> LayerDescription.Residual {
      self == .resnet50
        ? .bottleneck(inputs: inputs, width: width, stride: stride, named: name)
        : .basic(inputs: inputs, width: width, stride: stride, named: name)
    }
  }

  /// Layers before the first stage.
  public enum Stem: String, CaseIterable, Sendable {
    /// 3×3, stride 1, for pictures of about 32 pixels (SimCLR, appendix B.9).
    case cifar
    /// 7×7 and max-pool, stride 2 each, for pictures of 64 pixels and more.
    case imagenet

    /// Smallest side of images; below it the last stages would see a single place.
    public var smallestSize: Int { self == .cifar ? 8 : 32 }
  }
}

extension NetworkDescription {
  /// Shapes: x `[n, size, size, 3]`, y `[n, 8·width]`, of ResNet50 `[n, 32·width]`. The names in weight files are torchvision's.
  ///
  /// - Parameter width: channels of the first stage's 3×3 convolutions, 64 as published; 32 is "half width".
  /// - Throws: `ResNetError` for a width or a size out of bounds.
  public static func resnet(
    _ depth: ResNet.Depth, stem: ResNet.Stem = .cifar, width: Int = 64, size: Int = 32
  ) throws -> NetworkDescription {
    try check(stem, width: width, size: size)
    let isSmall = stem == .cifar
    let first = LayerDescription.Convolution(
      kernel: isSmall ? 3 : 7, stride: isSmall ? 1 : 2, outputs: width, name: "conv1", normName: "bn1")
    var parts = [Part("stem", .convolution(first))]
    if !isSmall { parts.append(Part("pool", .maxPool)) }
    var inputs = width
    for (stage, count) in depth.blocks.enumerated() {
      for place in 0..<count {
        let name = "layer\(stage + 1).\(place)"
        let block = depth.block(
          name, inputs: inputs, width: width << stage, stride: place == 0 && stage > 0 ? 2 : 1)
        parts.append(Part(name, .residual(block)))
        inputs = block.outputs
      }
    }
    return NetworkDescription(
      depth.rawValue, size: size,
      settings: ["stem": stem.rawValue, "width": String(width), "size": String(size)],
      parts: parts + [Part("mean", .meanPool)])
  }

  private static func check(_ stem: ResNet.Stem, width: Int, size: Int) throws {
    let (widths, largest) = (1...1024, 2048)
    guard widths.contains(width) else { throw ResNetError.width(width, widths) }
    guard size >= stem.smallestSize else { throw ResNetError.small(size, stem) }
    guard size <= largest else { throw ResNetError.large(size, most: largest) }
  }
}
