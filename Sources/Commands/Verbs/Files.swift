import Base
import Figures
import Images
import Language
import Learning
import Networks
import Records
import Tensors

struct Save {
  @Required var model: ModelValue
  @Required var path: FilePath

  static let command = Command(
    name: "save", summary: "Write a model to a file.",
    details: """
      The format is safetensors, which PyTorch reads, and `docs/load_in_pytorch.py` is a script that builds the network there. \
      Tensors of resnet18, resnet34 and resnet50 have torchvision's names and shapes: `conv1.weight`, `layer1.0.bn1.running_mean` and \
      so on, without `fc`. Those of cnn and vit are named as in the plain PyTorch modules of that script: `conv.0.weight` and \
      `bn.0.weight` for cnn; `token`, `position`, `blocks.0.attention.in_proj_weight` and `blocks.0.mlp.0.weight` for vit. In addition, \
      `head.…` is needed for training only, and `history.…` holds its measurements. The file's metadata has the encoder's settings \
      (`architecture`, `width`, `size` and so on) and, once the model is trained, the `mean` and `std` that normalise images.

      The file is written completely or not at all.
      """,
    group: "Files", defaults: Save(),
    arguments: [
      Argument("model", \.$model, "The model"),
      Argument("path", \.$path, "The file, as text: \"model.safetensors\"", endings: ["safetensors"]),
    ],
    examples: [
      Example(
        code: "save model \"model.safetensors\"\nagain = open \"model.safetensors\"",
        setup: "model = simclr (resnet18 width=4 size=16)")
    ]
  ) { options, context in
    try options.model.model.save(to: options.path.path)
    context.host.write("saved \(options.path.path)\n")
    return nil
  }
}

struct Open {
  @Required var path: FilePath
  var into: OneOf<ModelValue, EncoderValue>?
  var mean: [Float]?
  var std: [Float]?
  var best = false

  static let command: Command<Open> = Command(
    name: "open",
    summary: "Read a model that `save` wrote, or a table from a file of comma-separated values.",
    details: """
      The extension decides: .csv and .tsv are tables, as written by `export`, spreadsheets and pandas. The first line names the \
      columns, separated by commas, semicolons (then numbers may have decimal commas), tabs or bars. A column is one of numbers if every \
      cell is a number or missing: empty, or NA, N/A, null, none, a dash. Numbers with leading zeros, such as 007, are names and stay text.

      Weights of .safetensors files that do not say what model they belong to are read into a network of the same shapes: into= an encoder gives that \
      encoder with the file's weights, into= a model replaces the model's. So do those of torchvision's ResNet18, 34 and 50. \
      What images were normalised by is lost in such files, unless their metadata has `mean` and `std`: mean= and std= give it, and without \
      them a model that has yet to be trained uses the mean and std of the images at hand, which changes its embeddings.
      """,
    gives: "model, encoder or table", group: "Files", defaults: Open(),
    arguments: [Argument("path", \.$path, "The file, as text", endings: ["safetensors", "csv", "tsv"])],
    options: [
      Option("into", \.into, "Network to read the weights into, if the file does not describe its model"),
      Option(
        "mean", \.mean,
        "With into: mean of red, green and blue that images were normalised by, such as 0.485",
        in: -1...1),
      Option(
        "std", \.std, "With into: standard deviation of red, green and blue that images were normalised by",
        in: 1e-4...10),
      Option(
        "best", \.best,
        "The model as it was after its best epoch, from the file of a training that is kept with best="),
    ],
    examples: [
      Example(
        code: "model = open \"model.safetensors\"",
        setup: "save (simclr (resnet18 width=4 size=16)) \"model.safetensors\""),
      Example(
        code: "results = open \"results.csv\"\nsort results by=accuracy",
        setup: "export (table batch=[16, 32] accuracy=[0.44, 0.31]) \"results.csv\""),
      Example(
        code: "best = open \"night.safetensors\" best=true",
        setup:
          "few = load shapes train=64 test=10 size=16\nmodel = simclr (cnn width=4 size=16)\ntrain model on=few epochs=2 batch=32 keep=\"night.safetensors\" best=knn"
      ),
      Example(
        code:
          "encoder = open \"weights.safetensors\" into=(resnet18 width=4 size=16)\nmodel = simclr encoder",
        setup: "save (simclr (resnet18 width=4 size=16)) \"weights.safetensors\""),
    ]
  ) { options, context in
    try options.path.mustExist()
    let path = options.path.path
    if [".csv", ".tsv"].contains(where: path.lowercased().hasSuffix) {
      if options.into != nil {
        throw Problem(
          "a table is read into nothing", about: command.word(\.into),
          advice: "leave \(command.word(\.into)) out, or name a file of weights")
      }
      let table = try CSVReader.table(at: path, checking: context.host.checkInterrupt)
      if let note = CSVReader.note(on: table, from: path) { context.host.write(note) }
      return table
    }
    let given = try options.normalisation()
    let file = try Weights.read(path)
    guard let into = options.into else {
      guard ContrastiveModel.isDescribed(in: file) else { throw UndescribedWeights.problem(file) }
      let model = try ContrastiveModel.open(file, isBest: options.best)
      try (model.method as? FormulaMethod)?.read {
        try LossFunctionValue.read($0, in: path, stoppedWith: context.session)
      }
      return ModelValue(model)
    }
    if options.best {
      throw Problem(
        "the weights of the best epoch belong to a model that the file describes",
        about: command.word(\.best),
        advice: "leave out \(command.word(\.into))=")
    }
    let normalisation = try given ?? ContrastiveModel.normalisation(in: file)
    let value: any Value
    var isTrained = false
    switch into {
    case .first(let model):
      try model.model.load(file, normalisation: normalisation)
      isTrained = model.model.normalisation != nil
      value = model
    case .second(let encoder):
      value = try encoder.loading(file, normalisation: normalisation, run: context.run())
    }
    if normalisation == nil, !ContrastiveModel.isDescribed(in: file) {
      context.host.write(UndescribedWeights.note(file, isTrained: isTrained))
    }
    return value
  }

  private func normalisation() throws -> Normalisation? {
    if mean == nil, std == nil { return nil }
    let command = Open.command
    let (means, deviations) = (command.word(\.mean), command.word(\.std))
    guard into != nil else {
      throw Problem(
        "\(means) and \(deviations) belong to weights that are read into a network",
        about: mean == nil ? deviations : means,
        advice: "add \(command.word(\.into))=, or leave them out: the file of a model says its own")
    }
    guard let mean, let std else {
      let missing = mean == nil ? Open.exampleMean : Open.exampleDeviation
      throw Problem(
        "\(means) and \(deviations) go together", about: mean == nil ? deviations : means,
        advice: "add \(missing), with the numbers of the model")
    }
    for (name, values) in [(means, mean), (deviations, std)] where values.count != 3 {
      throw Problem(
        "\(name) has three numbers, for red, green and blue, and here \(values.count == 1 ? "is" : "are") \(values.count)",
        about: name, advice: "write \(name)=\(Array(repeating: values.first ?? 0.5, count: 3))",
        kind: .badValue)
    }
    return Normalisation(mean: mean, deviation: std)
  }

  /// ImageNet's mean, as an option.
  static var exampleMean: String { command.given(\.mean, [0.485, 0.456, 0.406]) }
  /// ImageNet's standard deviation, as an option.
  static var exampleDeviation: String { command.given(\.std, [0.229, 0.224, 0.225]) }
}

struct Export {
  @Required var value: AnyValue
  @Required var path: FilePath
  var width: Double?
  var dpi = 300.0
  var pixels = ONNXExport.Pixels.bytes

  static let command = Command(
    name: "export",
    summary: "Write a figure, a table or a trained encoder to a file; `last` is the value shown last.",
    details: """
      The extension decides the format: .pdf, .svg or .png for a figure; .csv, .md (Markdown) or .tex (LaTeX) for a table or \
      matrix; .npy (NumPy) or .csv, with labels, for an embedding; .tfevents, which TensorBoard reads, or .csv for a run. The file is \
      written completely or not at all.

      A trained model's encoder as .onnx runs in onnxruntime and other programs, without Contrast: images of the encoder's size go in, \
      are normalised within, and representations come out, `h`. By default images are bytes `[images, size, size, 3]`, as pictures are \
      read; with pixels=numbers they are numbers in 0…1 `[images, 3, size, size]`, as torchvision gives them. ONNX opset 17, of 2022.
      """,
    group: "Files", defaults: Export(),
    arguments: [
      Argument(
        "value", \.$value,
        "A figure, images, a table, a matrix, scores, a history, a run, an embedding, or a model: its history, or its encoder as .onnx"
      ),
      Argument(
        "path", \.$path, "The file, as text: \"figures/loss.pdf\"",
        endings: ["pdf", "png", "svg", "csv", "npy", "md", "tex", "tfevents", "onnx"]),
    ],
    options: [
      Option(
        "width", \.width, "Width of the figure on paper, such as 8.5cm or 3.3in; default: its own",
        in: 1...200, unit: "cm"),
      Option("dpi", \.dpi, "Resolution in pixels per inch, of a PNG with a width", in: 36...1200),
      Option("pixels", \.pixels, "Form of the images that an encoder takes as .onnx"),
    ],
    examples: [
      Example(
        code: "export (plot bars t x=name y=height) \"figure.pdf\" width=8.5cm",
        setup: "t = table\nadd t name=\"a\" height=1\nadd t name=\"b\" height=2"),
      Example(
        code: "export t \"results.tex\"\nexport t \"results.md\"",
        setup: "t = table batch=[16, 32] accuracy=[0.31, 0.44]"),
      Example(
        code: "export h \"embedding.npy\"",
        setup: "h = pca (load shapes train=100 test=10 size=16)"),
      Example(
        code: "export model \"encoder.onnx\"",
        setup:
          "few = load shapes train=64 test=10 size=16\nmodel = simclr (cnn width=4 size=16)\ntrain model on=few epochs=1 batch=32"
      ),
    ]
  ) { options, context in
    let path = options.path.path
    let ending = path.split(separator: "/").last?.split(separator: ".").dropFirst().last?.lowercased() ?? ""
    try WholeFile.write(try bytes(of: options.value.value, as: ending, options, context), to: path)
    context.host.write("wrote \(options.path.path)\n")
    return nil
  }

  private static func bytes(
    of value: any Value, as ending: String, _ options: Export, _ context: Language.Context
  ) throws -> [UInt8] {
    let stop = context.session.stop
    switch value {
    case let figure as FigureValue: return try drawn(figure.figure, as: ending, options, stop)
    case let images as ImagesValue:
      guard images.set.count > 0 else {
        throw Problem("`\(images.set.name)` holds no images to draw", about: command.word(\.$value))
      }
      let sample = try Pictures.sample(of: images.set, perRow: 10, rows: 3, seed: context.session.seed)
      return try drawn(sample, as: ending, options, stop)
    case let table as any TableLike: return try table.frozen.file(ending: ending)
    case let run as RunValue:
      if ending == "tfevents" { return EventFile.bytes(of: run.scalars) }
      return try run.trainingHistory().table.file(ending: ending, of: "a run", and: ["tfevents"])
    case let history as HistoryValue: return try history.table.file(ending: ending, of: "a history")
    case let model as ModelValue where ending == "onnx":
      return try ONNXFile.bytes(of: model.model, options.pixels)
    case let encoder as TrainedEncoderValue where ending == "onnx":
      return try ONNXFile.bytes(of: encoder.model, options.pixels)
    case let model as ModelValue:
      return try HistoryValue(model.model.history).table.file(ending: ending, of: "a model's history")
    case let scores as ScoresValue: return try scores.table.file(ending: ending, of: "scores")
    case let matrix as MatrixValue:
      if ending == "npy" { return NumPyFile.bytes(of: matrix.values, shape: [matrix.rows, matrix.columns]) }
      return ["png", "svg", "pdf"].contains(ending)
        ? try drawn(matrix.figure(), as: ending, options, stop)
        : try matrix.table.file(ending: ending, of: "a matrix", and: ["npy", "pdf", "svg", "png"])
    case let embedding as EmbeddingValue:
      return ending == "npy"
        ? NumPyFile.bytes(of: embedding.rows)
        : try embedding.table.file(ending: ending, formats: ["csv"], of: "an embedding", and: ["npy"])
    default:
      throw Problem(
        "a figure, a table, a matrix or an embedding can be exported, and this is \(withArticle(value.typeName))",
        about: command.word(\.$value),
        advice: value is EncoderValue || value is TrainedEncoderValue
          ? "models are written by \(Save.command.name)" : nil)
    }
  }

  private static func drawn(
    _ figure: Figure, as ending: String, _ options: Export, _ stop: @escaping () -> Bool
  ) throws -> [UInt8] {
    let figure = options.width.map { figure.resized(width: $0 * Figure.pointsPerCentimetre) } ?? figure
    switch ending {
    case "png": return Array(try figure.png(scale: options.width == nil ? 2 : options.dpi / 72, stop: stop))
    case "svg": return Array(try figure.svg(stop: stop).utf8)
    case "pdf": return Array(try figure.pdf(stop: stop))
    default:
      throw Problem(
        ending.isEmpty
          ? "the name has no ending to tell the format" : "a figure cannot be written as .\(ending)",
        about: command.word(\.$path), advice: "end the name in .pdf, .svg or .png")
    }
  }
}
