import Base
import Tensors

/// Encoders as models of ONNX, which onnxruntime and others run: images go in as they are, and representations come out.
public enum ONNXExport {
  /// Form of the images that go in.
  public enum Pixels: String, CaseIterable, Sendable {
    /// `[images, size, size, 3]` bytes, as pictures are read.
    case bytes
    /// `[images, 3, size, size]` numbers in 0…1, as torchvision's `ToTensor` gives them.
    case numbers
  }

  /// The model's file. Its input is called `images`; its output `h` `[images, outputWidth]` is that of the encoder in evaluation.
  /// - Parameters:
  ///   - mean: of red, green and blue in 0…1, by which the model normalises its images.
  ///   - deviation: the standard deviations beside it.
  public static func bytes(
    of encoder: any Encoder, mean: [Float], deviation: [Float], pixels: Pixels
  ) -> [UInt8] {
    let description = encoder.description
    let size = description.inputSize
    var builder = ONNXBuilder(State(of: encoder), isListed: description.list != nil)
    let images = builder.normalised("images", mean, deviation, pixels)
    let last = builder.parts(description.parts, of: images, from: [size, size, 3])
    let output = builder.graph.one("Identity", [last], named: "h")
    let form =
      pixels == .bytes
      ? "bytes [images, \(size), \(size), 3]" : "numbers in 0…1 [images, 3, \(size), \(size)]"
    return builder.graph.model(
      named: description.architecture,
      input: (
        "images", pixels == .bytes ? .byte : .float, pixels == .bytes ? [size, size, 3] : [3, size, size]
      ),
      output: (output, [description.outputWidth]),
      description:
        "The encoder \(description.architecture) of a model that Contrast trained. Images are \(form), red, green, blue."
    )
  }
}

/// The nodes of a network's parts. Images are `[n, c, h, w]` here, tokens `[n, t, c]`, rows `[n, c]`; shapes given are those of parts, with
/// channels last.
struct ONNXBuilder {
  var graph = ONNXGraph()
  private let tensors: [String: (tensor: Tensor, format: State.Format)]
  let isListed: Bool

  init(_ state: State, isListed: Bool) {
    tensors = Dictionary(
      uniqueKeysWithValues: state.entries.map { ($0.name, ($0.entry.tensor, state.format(of: $0.name))) })
    self.isListed = isListed
  }

  /// The numbers of a tensor under its name in weight files, as they lie there.
  func numbers(_ name: String) -> (values: [Float], shape: [Int]) {
    guard let (tensor, format) = tensors[name] else { preconditionFailure("no tensor is called \(name)") }
    let shape = Weights.fileShape(tensor, format)
    return (format == .kernel ? Weights.turnedToFile(tensor) : tensor.elements, shape)
  }

  mutating func weight(_ name: String) -> String {
    let (values, shape) = numbers(name)
    return graph.constant(values, shape, named: name)
  }

  /// `(x − mean)/deviation` of x in 0…1.
  mutating func normalised(
    _ input: String, _ mean: [Float], _ deviation: [Float], _ pixels: ONNXExport.Pixels
  ) -> String {
    var (x, whole) = (input, Float(1))
    if pixels == .bytes {
      x = graph.one("Cast", [x], named: "pixels", ["to": .whole(ONNXGraph.Element.float.rawValue)])
      x = graph.one("Transpose", [x], named: "pixels", ["perm": .wholes([0, 3, 1, 2])])
      whole = 255
    }
    let scale = graph.constant(deviation.map { 1 / ($0 * whole) }, [1, 3, 1, 1], named: "scale")
    let shift = graph.constant(zip(mean, deviation).map { -$0 / $1 }, [1, 3, 1, 1], named: "shift")
    return graph.one("Add", [graph.one("Mul", [x, scale], named: "normalised"), shift], named: "normalised")
  }

  mutating func parts(_ parts: [NetworkDescription.Part], of x: String, from input: [Int]) -> String {
    var x = x
    for (part, shape) in zip(parts, inputs(of: parts, from: input)) {
      x = self.part(part, of: x, from: shape)
    }
    return x
  }

  /// `x·Wᵀ + b` along the last axis.
  mutating func linear(_ x: String, _ weights: String, _ offsets: String, named name: String) -> String {
    let (values, shape) = numbers(weights)
    let (outputs, inputs) = (shape[0], shape[1])
    var turned = [Float](repeating: 0, count: values.count)
    for output in 0..<outputs {
      for input in 0..<inputs { turned[input * outputs + output] = values[output * inputs + input] }
    }
    let matrix = graph.constant(turned, [inputs, outputs], named: weights)
    return graph.one("Add", [graph.one("MatMul", [x, matrix], named: name), weight(offsets)], named: name)
  }

  mutating func layerNorm(_ x: String, named name: String) -> String {
    graph.one(
      "LayerNormalization", [x, weight("\(name).weight"), weight("\(name).bias")], named: name,
      ["axis": .whole(-1), "epsilon": .float(LayerNormKernel.epsilon)])
  }

  /// In evaluation, by running statistics; channels are the second axis.
  mutating func batchNorm(_ x: String, named name: String) -> String {
    let inputs = ["weight", "bias", "running_mean", "running_var"].map { weight("\(name).\($0)") }
    return graph.one("BatchNormalization", [x] + inputs, named: name, ["epsilon": .float(BatchNorm.epsilon)])
  }

  /// `x/2·(1 + erf(x/√2))`
  mutating func gelu(_ x: String, named name: String) -> String {
    let root = graph.constant([Float(0.5).squareRoot()], [], named: name)
    let (one, half) = (graph.constant([1], [], named: name), graph.constant([0.5], [], named: name))
    let erf = graph.one("Erf", [graph.one("Mul", [x, root], named: name)], named: name)
    let share = graph.one("Mul", [graph.one("Add", [erf, one], named: name), half], named: name)
    return graph.one("Mul", [x, share], named: name)
  }

  mutating func relu(_ x: String, named name: String) -> String { graph.one("Relu", [x], named: name) }

  mutating func turned(_ x: String, _ order: [Int], named name: String) -> String {
    graph.one("Transpose", [x], named: name, ["perm": .wholes(order)])
  }

  mutating func reshaped(_ x: String, _ shape: [Int], named name: String) -> String {
    graph.one("Reshape", [x, graph.constant(shape, named: name)], named: name)
  }

  /// Attention of all tokens to all, projected; shapes `[n, t, c]`.
  mutating func attention(_ x: String, heads: Int, tokens: Int, width: Int, named name: String) -> String {
    let depth = width / heads
    let all = linear(x, "\(name).in_proj_weight", "\(name).in_proj_bias", named: name)
    let sizes = graph.constant([width, width, width], named: name)
    let thirds = graph.add("Split", [all, sizes], named: name, outputs: 3, ["axis": .whole(2)])
    func split(_ part: String, _ order: [Int]) -> String {
      turned(reshaped(part, [0, tokens, heads, depth], named: name), order, named: name)
    }
    let (q, k, v) = (
      split(thirds[0], [0, 2, 1, 3]), split(thirds[1], [0, 2, 3, 1]), split(thirds[2], [0, 2, 1, 3])
    )
    let scale = graph.constant([1 / Float(depth).squareRoot()], [], named: name)
    let scores = graph.one("Mul", [graph.one("MatMul", [q, k], named: name), scale], named: name)
    let shares = graph.one("Softmax", [scores], named: name, ["axis": .whole(-1)])
    let mixed = turned(graph.one("MatMul", [shares, v], named: name), [0, 2, 1, 3], named: name)
    return linear(
      reshaped(mixed, [0, tokens, width], named: name), "\(name).out_proj.weight", "\(name).out_proj.bias",
      named: name)
  }
}
