import Analysis
import Images
import Language
import Learning

struct Embed {
  @Required var images: ImagesValue
  @Required var with: ModelValue
  var output = Output.h

  static let command = Command(
    name: "embed", summary: "The representation of each image under a model.",
    details: """
      The network is in evaluation mode: no augmentation, and batch normalisation uses its running statistics. h is the encoder's \
      output, the representation to use; z is the input of the loss: the projection, or the class scores of a supervised model. \
      The last digits of a row (about 2e-5) depend on how many images go through together.
      """,
    gives: "embedding", group: "Learning", defaults: Embed(),
    arguments: [Argument("images", \.$images, "The images")],
    options: [
      Option("with", \.$with, "The model"),
      Option("output", \.output, "Output: h, before the head, or z, after it"),
    ],
    examples: [
      Example(
        code: "h = embed few with=model",
        setup: "few = load shapes train=64 test=10 size=16\nmodel = simclr (resnet18 width=4 size=16)")
    ]
  ) { options, context in
    let model = options.with.model
    let rows = try embed(options.images.set, with: model, output: options.output, run: context.run())
    return EmbeddingValue(
      rows: rows, images: options.images.set,
      origin: "\(model.encoder.architecture) \(options.output.rawValue)")
  }
}

extension Output: OptionValue {}
