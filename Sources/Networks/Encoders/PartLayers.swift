import Tensors

/// Layers with the names of their parts, one after another.
final class NamedLayers: Layer {
  typealias Named = (name: String?, layer: any Layer)
  let layers: [Named]

  /// Without a name are layers whose parts have names of their own.
  init(_ layers: [Named]) { self.layers = layers }

  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    layers.reduce(x) { $1.layer.forward($0, saving: &tape) }
  }

  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    layers.reversed().reduce(dy) { $1.layer.backward($0, from: &tape) }
  }

  func collect(into state: inout State, prefix: String) {
    for (name, layer) in layers {
      layer.collect(into: &state, prefix: prefix + (name.map { $0 + "." } ?? ""))
    }
  }
}

// Layers of parts, which read what has the shape `input` of one picture. Weights are drawn from `random`, in the order of the parts.

extension NetworkDescription.Part {
  /// A stage of images. What is the first of a network has no use for the gradient of its pictures.
  func stage(from input: [Int], isFirst: Bool = false, random: inout RandomStream) -> any ImageStage {
    let inputs = input[input.count - 1]
    func plain(_ layer: any Layer) -> any ImageStage { PlainStage(layer, named: name) }
    switch layer {
    case .convolution(let block):
      return ConvolutionNorm(block, inputs: inputs, needsInputGradient: !isFirst, random: &random)
    case .residual(let block): return ResidualBlock(block, inputs: inputs, random: &random)
    case .plainConvolution(let block):
      return plain(PlainConvolution(block, inputs: inputs, needsInputGradient: !isFirst, random: &random))
    case .maxPool: return plain(MaxPool())
    case .pool(let pool):
      return plain(
        pool.isMax
          ? MaxPool(kernel: pool.size, stride: pool.stride, padding: pool.padding)
          : WindowMean(kernel: pool.size, stride: pool.stride, padding: pool.padding))
    case .batchNorm(let isRectified): return plain(BatchNorm(channels: inputs, relu: isRectified))
    case .layerNorm: return plain(EachPlace(LayerNorm(width: inputs)))
    case .relu: return plain(ReLU())
    case .gelu: return plain(GELU())
    case .dropout(let share): return plain(Dropout(share))
    case .sum(let sum):
      let main = ImageStages(stages(of: sum.main, from: input, random: &random))
      let shortcut = sum.shortcut.map { ImageStages([$0.stage(from: input, random: &random)]) }
      return PlainStage(LayerSum(main, shortcut: shortcut), named: nil)
    case .meanPool, .maxOfAll, .flatten, .linear, .patches, .tokens, .transformer, .classToken:
      preconditionFailure("\(name) is no part between images")
    }
  }

  /// A layer of rows: of one for each picture, or of all tokens.
  func rowLayer(from input: [Int], random: inout RandomStream) -> any Layer {
    let inputs = input[input.count - 1]
    switch layer {
    case .linear(let outputs): return Linear(inputs: inputs, outputs: outputs, random: &random)
    case .batchNorm(let isRectified): return BatchNorm(channels: inputs, relu: isRectified)
    case .layerNorm: return LayerNorm(width: inputs)
    case .relu: return ReLU()
    case .gelu: return GELU()
    case .dropout(let share): return Dropout(share)
    case .transformer(let block):
      return TransformerBlock(block, width: inputs, tokens: input[0], random: &random)
    case .sum(let sum):
      let main = NamedLayers(rowLayers(of: sum.main, from: input, random: &random))
      let shortcut = sum.shortcut.map { NamedLayers(rowLayers(of: [$0], from: input, random: &random)) }
      return LayerSum(main, shortcut: shortcut)
    default: preconditionFailure("\(name) is no part of rows")
    }
  }
}

/// Stages of images for parts one after the other.
private func stages(
  of parts: [NetworkDescription.Part], from input: [Int], random: inout RandomStream
) -> [any ImageStage] {
  zip(parts, inputs(of: parts, from: input)).map { $0.stage(from: $1, random: &random) }
}

/// Layers of rows for parts one after the other, with their names.
func rowLayers(
  of parts: [NetworkDescription.Part], from input: [Int], random: inout RandomStream
) -> [NamedLayers.Named] {
  zip(parts, inputs(of: parts, from: input)).map { part, input in
    var name: String? = part.name
    if case .sum = part.layer { name = nil }
    return (name, part.rowLayer(from: input, random: &random))
  }
}

/// Shape of the input of each part.
func inputs(of parts: [NetworkDescription.Part], from input: [Int]) -> [[Int]] {
  [input] + planned(parts, from: input).map(\.outputShape).dropLast()
}
