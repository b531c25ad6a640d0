import Base
import Tensors

/// ResNet18 and ResNet34 without their last layer (He et al., 2016): a stem, four stages of basic blocks whose width
/// doubles from stage to stage, and the mean over all places.
/// Shapes: x `[n, size, size, 3]`, y `[n, 8·width]`.
public final class ResNet: Encoder {
  /// What comes before the first stage.
  public enum Stem: String, CaseIterable, Sendable {
    /// 3×3, stride 1, for pictures of about 32 pixels (SimCLR, appendix B.9).
    case cifar
    /// 7×7 and max-pool, stride 2 each, for pictures of 64 pixels and more.
    case imagenet

    /// Below this side the last stages would see a single place.
    public var smallestSize: Int { self == .cifar ? 8 : 32 }
  }

  public let depth: Int
  public let stem: Stem
  public let width: Int
  public let inputSize: Int
  private let first: ConvolutionNorm
  private let maxPool: MaxPool?
  private let stages: [[BasicBlock]]
  private let pool = GlobalAveragePool()

  public var architecture: String { "resnet\(depth)" }
  public var outputWidth: Int { 8 * width }
  public var settings: [(name: String, value: String)] {
    [
      ("architecture", architecture), ("stem", stem.rawValue), ("width", String(width)),
      ("size", String(inputSize)),
    ]
  }

  /// A network with weights drawn from `random`.
  ///
  /// - Parameter width: channels of the first stage, 64 as published; 32 is "half width".
  /// - Throws: `InputError` for a depth other than 18 and 34, for a width or a size out of bounds, and for more weights than
  ///   there is memory; `Interrupted`.
  public init(
    depth: Int = 18, stem: Stem = .cifar, width: Int = 64, size: Int = 32, random: inout RandomStream
  ) throws {
    let counts = try ResNet.blockCounts(depth: depth, stem: stem, width: width, size: size)
    try checkMemory("resnet\(depth)", width: width, in: 1...width, shrinking: "width") { width in
      try ResNet.plan(depth: depth, stem: stem, width: width, size: size)
    }
    self.depth = depth
    self.stem = stem
    self.width = width
    inputSize = size
    let isSmall = stem == .cifar
    first = ConvolutionNorm(
      Convolution(
        inputs: 3, outputs: width, kernel: isSmall ? 3 : 7, stride: isSmall ? 1 : 2, padding: isSmall ? 1 : 3,
        needsInputGradient: false, random: &random))
    maxPool = isSmall ? nil : MaxPool(kernel: 3, stride: 2, padding: 1)
    var stages: [[BasicBlock]] = []
    for (stage, count) in counts.enumerated() {
      let outputs = width << stage
      stages.append(
        try (0..<count).map { block in
          try random.checkInterrupt()
          let isFirst = block == 0 && stage > 0
          return BasicBlock(
            inputs: isFirst ? outputs / 2 : outputs, outputs: outputs, stride: isFirst ? 2 : 1,
            random: &random)
        })
    }
    self.stages = stages
    try random.checkInterrupt()
  }

  public convenience init(
    depth: Int = 18, stem: Stem = .cifar, width: Int = 64, size: Int = 32, seed: UInt64 = 0
  ) throws {
    var random = RandomStream(seed: seed, name: "resnet", indices: [])
    try self.init(depth: depth, stem: stem, width: width, size: size, random: &random)
  }

  /// Blocks of each stage; all that a user may have got wrong is found here.
  static func blockCounts(depth: Int, stem: Stem, width: Int, size: Int) throws -> [Int] {
    guard let counts = [18: [2, 2, 2, 2], 34: [3, 4, 6, 3]][depth] else {
      throw InputError("There is no ResNet\(depth).", option: "depth", advice: "Write resnet18 or resnet34.")
    }
    guard (1...1024).contains(width) else {
      throw InputError(
        "A width of \(width) is out of bounds: it must be from 1 to 1024.", option: "width",
        advice: "64 is the published width, 32 trains about three times as fast.")
    }
    guard size >= stem.smallestSize else {
      throw InputError(
        "A picture of \(size) pixels is too small: with stem=\(stem.rawValue) it needs \(stem.smallestSize).",
        option: "size",
        advice: stem == .imagenet && size >= Stem.cifar.smallestSize
          ? "Write stem=cifar, which is made for small pictures."
          : "Write size=\(max(32, stem.smallestSize)).")
    }
    guard size <= 2048 else {
      throw InputError(
        "A picture of \(size) pixels is too large: 2048 is the most.", option: "size",
        advice: "Write size=224.")
    }
    return counts
  }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    precondition(x.shape.count == 4 && x.shape[3] == 3, "\(x.shape) is no batch of colour pictures")
    var y = first.forward(Activation(x), saving: &tape)
    if let maxPool { y = Activation(maxPool.forward(y.written(pass: tape.pass), saving: &tape)) }
    for block in stages.joined() { y = Activation(block.forward(y, saving: &tape)) }
    return pool.forward(y.tensor, saving: &tape)
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    var dz = gradient(pool.backward(dy, from: &tape), of: .sum(tape.topSum), pass: tape.pass)
    for (place, block) in stages.joined().enumerated().reversed() {
      dz = block.backward(dz, isAfterBlock: place > 0, from: &tape)
    }
    if let maxPool {
      dz = gradient(
        maxPool.backward(dz.tensor, from: &tape), of: .normalisation(tape.topActivation), pass: tape.pass)
    }
    return first.backward(dz, from: &tape).tensor
  }

  /// torchvision's names: `conv1`, `bn1`, `layer1.0.conv1` and so on.
  public func collect(into state: inout State, prefix: String) {
    first.collect(into: &state, convolution: prefix + "conv1.", norm: prefix + "bn1.")
    for (stage, blocks) in stages.enumerated() {
      for (place, block) in blocks.enumerated() {
        block.collect(into: &state, prefix: "\(prefix)layer\(stage + 1).\(place).")
      }
    }
  }
}

extension ResNet {
  /// The layers of such a network, with the shape that each gives and the numbers that training changes.
  public static func plan(
    depth: Int = 18, stem: Stem = .cifar, width: Int = 64, size: Int = 32
  ) throws -> [PlannedLayer] {
    let counts = try blockCounts(depth: depth, stem: stem, width: width, size: size)
    var side = stem == .cifar ? size : (size + 1) / 2
    let kernel = stem == .cifar ? 3 : 7
    var lines = [
      PlannedLayer(
        name: "stem", kind: stem == .cifar ? "3×3 convolution" : "7×7 convolution, stride 2",
        outputShape: [side, side, width], parameters: kernel * kernel * 3 * width + 2 * width)
    ]
    if stem == .imagenet {
      side = (side + 1) / 2
      lines.append(
        PlannedLayer(
          name: "pool", kind: "3×3 maximum, stride 2", outputShape: [side, side, width], parameters: 0))
    }
    for (stage, count) in counts.enumerated() {
      let outputs = width << stage
      for block in 0..<count {
        let narrows = block == 0 && stage > 0
        let inputs = narrows ? outputs / 2 : outputs
        if narrows { side = (side + 1) / 2 }
        lines.append(
          PlannedLayer(
            name: "layer\(stage + 1).\(block)", kind: narrows ? "basic block, stride 2" : "basic block",
            outputShape: [side, side, outputs],
            parameters: 9 * (inputs + outputs) * outputs + 4 * outputs
              + (narrows ? inputs * outputs + 2 * outputs : 0)))
      }
    }
    lines.append(
      PlannedLayer(name: "mean", kind: "mean over all places", outputShape: [8 * width], parameters: 0))
    return lines
  }

  /// The table of this network.
  public var plan: [PlannedLayer] {
    // The arguments were checked when the network was made.
    (try? ResNet.plan(depth: depth, stem: stem, width: width, size: inputSize)) ?? []
  }
}
