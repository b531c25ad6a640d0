import Language
import Networks

// Layers, of which `network` makes an encoder. Each command gives one as a value.

/// Declaration of a layer: a word that a name may be too.
private func layer<Options>(
  _ name: String, _ summary: String, details: String = "",
  defaults: @autoclosure @escaping @Sendable () -> Options,
  arguments: [Argument<Options>] = [], options: [Option<Options>] = [], example: Example,
  run: @escaping @Sendable (Options) throws -> ListedLayer
) -> Command<Options> {
  Command(
    name: name, summary: summary, details: details, gives: "layer", group: "Layers", defaults: defaults(),
    arguments: arguments, options: options, examples: [example], wordMayBeName: true
  ) { options, _ in LayerValue(try run(options)) }
}

struct ConvolutionLayer {
  @Required var channels: Int
  var size = 3
  var stride = 1

  static let command = layer(
    "convolution",
    "A convolution of images: y[i, j] = Σ W[a, b]·x[s·i + a, s·j + b] over a window, s the stride.",
    details: """
      The image is padded with zeros, so that without a stride its side stays. Each output has an offset, but not where `norm` \
      follows, which has its own. With `norm`, or `norm, relu`, behind it, all are computed in one go.
      """,
    defaults: ConvolutionLayer(),
    arguments: [Argument("channels", \.$channels, "Outputs of each place", in: 1...65_536)],
    options: [
      Option("size", \.size, "Side of the window, an odd number", in: 1...31, unit: "pixels"),
      Option("stride", \.stride, "Every so many places there is an output; 2 halves the side", in: 1...31),
    ], example: "network [(convolution 16), norm, relu, (convolution 32 size=5 stride=2), norm, relu, pool]"
  ) { .convolution(channels: $0.channels, size: $0.size, stride: $0.stride) }
}

extension ListedLayer.Norm: OptionValue {}
extension ListedLayer.Pooling: OptionValue {}
extension ListedLayer.Attention.Bend: OptionValue {}
extension NetworkDescription.Start: OptionValue {}

struct NormLayer {
  var kind = ListedLayer.Norm.batch

  static let command = layer(
    "norm", "Normalisation: γ·(x − μ)/√(σ² + ε) + β.",
    details: """
      With batch, μ and σ² are those of each channel over the batch and all places (Ioffe and Szegedy 2015), and in evaluation running means \
      of them; with layer, those of the channels of each place or token (Ba et al. 2016).
      """,
    defaults: NormLayer(), arguments: [Argument("kind", \.kind, "Numbers that it is made over")],
    example: "network [(convolution 16), (norm layer), gelu, pool, norm]"
  ) { .norm($0.kind) }
}

struct DropoutLayer {
  @Required var share: Float

  static let command = layer(
    "dropout",
    "Sets a share p of the numbers to 0 in training and divides the others by 1 − p (Srivastava et al. 2014).",
    defaults: DropoutLayer(), arguments: [Argument("share", \.$share, "Share of the numbers", in: 0...0.95)],
    example: "network [(convolution 16), norm, relu, pool, (dropout 20%), (linear 64)]"
  ) { .dropout($0.share) }
}

struct PoolLayer {
  var kind = ListedLayer.Pooling.mean
  var size: Int?
  var stride: Int?

  static let command: Command<PoolLayer> = layer(
    "pool", "The mean or the largest over all places, or of each window.",
    details: """
      Without a size it is over all places of an image, or over all tokens, and gives a row: one number for each channel. `pool class` gives \
      the class token alone, as a vision transformer does. With a size it is of windows, and gives a smaller image.
      """,
    defaults: PoolLayer(), arguments: [Argument("kind", \.kind, "What becomes of the places")],
    options: [
      Option("size", \.size, "Side of a window; default: all places", in: 1...31, unit: "pixels"),
      Option("stride", \.stride, "Places from one window to the next; default: the size", in: 1...31),
    ],
    example: "network [(convolution 16), norm, relu, (pool max size=2), (convolution 32), norm, relu, pool]"
  ) { options in
    guard let size = options.size else {
      if options.stride != nil {
        throw Problem(
          "a stride is from one window to the next, and without a size there is one window",
          about: command.word(\.stride),
          advice: "add `\(command.given(\.size, 2))`", kind: .badValue)
      }
      return .pool(options.kind)
    }
    guard options.kind != .class else {
      throw Problem(
        "the class token is no window of places", about: command.word(\.kind),
        advice: "leave the size out", kind: .badValue
      )
    }
    return .window(options.kind, size: size, stride: options.stride ?? size)
  }
}

struct LinearLayer {
  @Required var outputs: Int

  static let command = layer(
    "linear", "A linear layer of rows or tokens: x·Wᵀ + b.", defaults: LinearLayer(),
    arguments: [Argument("outputs", \.$outputs, "Numbers that it gives", in: 1...65_536)],
    example: "network [(convolution 16), norm, relu, pool, (linear 64), relu, (linear 32)]"
  ) { .linear($0.outputs) }
}

struct ResidualLayer {
  @Required var layers: LayerListValue

  static let command = layer(
    "residual", "Some layers f and a way past them: f(x) + x (He et al. 2016).",
    details: """
      Where f changes the shape, the way past is a layer of its own that is made with it: a 1×1 convolution with the strides of f and a norm, or \
      a linear layer of rows.
      """,
    defaults: ResidualLayer(), arguments: [Argument("layers", \.$layers, "The layers of f")],
    example: """
      network [(convolution 16), norm, relu,
        (residual [(convolution 32 stride=2), norm, relu, (convolution 32), norm]), relu, pool]
      """
  ) { .residual($0.layers.layers) }
}

struct AttentionLayer {
  @Required var heads: Int
  var hidden: Int?
  var bend = ListedLayer.Attention.Bend.gelu
  var dropout: Float = 0

  static let command = layer(
    "attention", "A block of a vision transformer: attention between tokens, then two linear layers.",
    details: """
      x ← x + attention(norm(x)), then x ← x + mlp(norm(x)) (Dosovitskiy et al. 2021), where attention is softmax(Q·Kᵀ/√d)·V for each head.
      """,
    defaults: AttentionLayer(),
    arguments: [
      Argument("heads", \.$heads, "Attention heads; the width of a token is a multiple", in: 1...256)
    ],
    options: [
      Option(
        "hidden", \.hidden, "Width between the linear layers; default: four times that of a token",
        in: 1...65_536),
      Option("bend", \.bend, "What stands between the linear layers"),
      Option("dropout", \.dropout, "Dropout of attention and of the linear layers", in: 0...0.95),
    ],
    example:
      "network [(patches 8 width=48), positions, (attention heads=3), (attention heads=3), (pool class)]"
  ) { .attention(.init(heads: $0.heads, hidden: $0.hidden, bend: $0.bend, dropout: $0.dropout)) }
}

struct PatchesLayer {
  @Required var side: Int
  var width: Int?

  static let command = layer(
    "patches", "The image cut into squares, each a token; the first layer of a network of tokens.",
    defaults: PatchesLayer(),
    arguments: [
      Argument("side", \.$side, "Side of a patch; it divides the size", in: 1...128, unit: "pixels")
    ],
    options: [
      Option(
        "width", \.width, "Numbers that a patch is projected to; default: its pixels as they are",
        in: 1...65_536)
    ], example: "network [(patches 4 width=32), positions, (attention heads=2), pool]"
  ) { .patches(side: $0.side, width: $0.width) }
}

struct RepeatedLayers {
  @Required var times: Int
  @Required var layers: LayerListValue

  static let command = layer(
    "repeat", "The same layers several times one after the other, each with weights of its own.",
    defaults: RepeatedLayers(),
    arguments: [
      Argument("times", \.$times, "How often", in: 1...ListedLayer.most),
      Argument("layers", \.$layers, "The layers"),
    ],
    example: "network [(repeat 2 [(convolution 16), norm, relu, (pool max size=2)]), pool]"
  ) { .repeated($0.times, $0.layers.layers) }
}

enum PlainLayers {
  static let relu = layer(
    "relu", "The rectifier max(x, 0).", defaults: NoOptions(),
    example: "network [(convolution 16), relu, pool]"
  ) { _ in .relu }
  static let gelu = layer(
    "gelu", "x·Φ(x), Φ the normal distribution (Hendrycks and Gimpel 2016): a rectifier without a corner.",
    defaults: NoOptions(), example: "network [(convolution 16), (norm layer), gelu, pool]"
  ) { _ in .gelu }
  static let flatten = layer(
    "flatten",
    "All numbers of an image or of its tokens in one row, line by line, the channels of a place together.",
    defaults: NoOptions(),
    example: "network size=16 [(convolution 8 stride=2), norm, relu, flatten, (linear 64)]"
  ) { _ in .flatten }
  static let positions = layer(
    "positions", "A token for the class before those of the patches, and a learned position added to each.",
    defaults: NoOptions(),
    example: "network [(patches 8 width=32), positions, (attention heads=2), (pool class)]"
  ) { _ in .positions }
}

/// `network`: an encoder made of layers.
struct MakeNetwork {
  @Required var layers: LayerListValue
  var size = 32
  var start = NetworkDescription.Start.layers
  var seed: Int?

  static let command = Command(
    name: "network", summary: "A network of layers one after the other: an encoder like any other.",
    details: """
      The shape goes from layer to layer, from an image of size×size pixels and 3 colours to a row of numbers, the representation; the last layers \
      are `pool` or `flatten` and perhaps linear ones. `describe` shows each layer with its shape and weights, `plot network` draws them, and \
      `describe resnet18 as=layers` writes a network of another command so, to be copied and changed. A list that says what such a command makes is that \
      network: with the same seed it has the same weights, and its file is the same.

      A list within the list stands for its layers, so that a part can have a name, `block = [(convolution 32), norm, relu]`, and stand there several \
      times. In a saved file the tensors are called as in PyTorch's `nn.Sequential`, `layers.0.weight` and so on, and those in a \
      residual `layers.3.main.0.weight`, `layers.3.shortcut.0.weight`.
      """,
    gives: "encoder", group: "Networks", defaults: MakeNetwork(),
    arguments: [Argument("layers", \.$layers, "The layers in their order")],
    options: [
      Option(
        "size", \.size, "Side of the input images; others are resized to it", in: 8...1024, unit: "pixels"),
      Option(
        "start", \.start,
        "Initial weights: those of each layer, or small ones in networks of patches, normal with deviation 0.02"
      ),
      .seed(\.seed, "the initial weights"),
    ],
    examples: [
      """
      encoder = network size=32 [
        (convolution 32), norm, relu,
        (residual [(convolution 64 stride=2), norm, relu, (convolution 64), norm]), relu,
        pool, (linear 128)
      ]
      describe encoder
      """,
      """
      network size=32 start=small [
        (patches 4 width=48), positions,
        (repeat 2 [(attention heads=3)]), (norm layer), (pool class)
      ]
      """,
    ], wordMayBeName: true
  ) { options, context in
    try EncoderValue(
      .layers(options.layers.layers, size: options.size, start: options.start), seed: options.seed, context)
  }
}
