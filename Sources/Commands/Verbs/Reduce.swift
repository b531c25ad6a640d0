import Analysis
import Language
import Tensors

struct Pca {
  @Required var of: RowsValue
  var components = 2
  var into: EmbeddingValue?
  var solver = PCA.Solver.automatic
  var seed: Int?

  static let command: Command<Pca> = Command(
    name: "pca", summary: "Principal components: the directions along which rows vary most.",
    details: """
      For images, the rows are their pixels. The method is exact, or uses random projections if few components of much data are \
      asked for. With into=p the components of p are used and nothing is fitted: this projects test data into the space of the \
      training data. The member explained is the share of the variance along each component. Pearson, 1901; Halko et al., 2011.
      """,
    gives: "embedding", group: "Analysis", defaults: Pca(),
    arguments: [Argument("of", \.$of, "An embedding or images")],
    options: [
      Option("components", \.components, "Number of components", in: 1...100_000),
      Option("into", \.into, "A result of pca: project onto its components"),
      Option("solver", \.solver, "Method"),
      .seed(\.seed, "the projections"),
    ],
    examples: [
      Example(code: "pca few components=8", setup: "few = load shapes train=100 test=10 size=16"),
      Example(
        code: "p = pca shapes.train components=8\nq = pca shapes.test into=p",
        setup: "shapes = load shapes train=100 test=20 size=16"),
    ]
  ) { options, context in
    let run = context.run(seed: context.session.seed(options.seed))
    let rows = try options.of.matrix(run: run)
    let pca: PCA
    if let into = options.into {
      guard case .components(let known)? = into.reduction else {
        throw Problem(
          "`\(command.word(\.into))` takes what pca made, and this is \(into.origin)",
          about: command.word(\.into),
          advice: "give what pca made: p = \(command.name) images \(command.given(\.components, 2))")
      }
      pca = known
    } else {
      pca = try PCA(of: rows, components: options.components, solver: options.solver, run: run)
    }
    let share = Format.percent(pca.explained.reduce(0, +))
    return EmbeddingValue(
      rows: try pca.project(rows, run: run), images: options.of.images,
      origin:
        "\(Format.counted(pca.explained.count, "component")) of \(options.of.origin), \(share) of the variance",
      reduction: .components(pca))
  }
}

extension PCA.Solver: OptionValue {}

struct Tsne {
  @Required var of: RowsValue
  var tsne = TSNE()
  var into: EmbeddingValue?
  var seed: Int?

  /// Maximum number of columns; more are first reduced to as many principal components.
  static let mostColumns = 50

  static let command = Command(
    name: "tsne", summary: "A map that keeps neighbouring rows together (t-SNE).",
    details: """
      Distances between groups and the sizes of groups mean little. Equal rows are one point, weighted by their number. For \
      images, the rows are their pixels; more than 50 columns are first reduced to 50 principal components. The map is drawn as it \
      forms, and an interrupt keeps it as it is. With into=map, rows are placed on an existing map, which does not change. van der Maaten and Hinton, 2008.
      """,
    gives: "embedding", group: "Analysis", defaults: Tsne(),
    arguments: [Argument("of", \.$of, "An embedding or images")],
    options: [
      Option("perplexity", \.tsne.perplexity, "Effective number of neighbours of each row", in: 1...1000),
      Option("dimensions", \.tsne.dimensions, "Dimensions of the map", in: 2...3),
      Option(
        "iterations", \.tsne.iterations, "Iterations after the first 250 (early exaggeration)",
        in: 1...100_000),
      Option(
        "exaggeration", \.tsne.exaggeration,
        "Factor on the attraction of neighbours during the first 250 iterations (early exaggeration)",
        in: 1...1000),
      Option("rate", \.tsne.rate, "Learning rate; default: chosen by the number of rows", above: 0),
      Option("start", \.tsne.start, "Initial positions of the points"),
      Option("into", \.into, "A result of tsne: place the rows on that map"),
      .seed(\.seed, "the start"),
    ],
    examples: [
      Example(
        code: "map = tsne few perplexity=10 iterations=50",
        setup: "few = load shapes train=100 test=10 size=16"),
      Example(
        code: "new = tsne shapes.test into=map",
        setup:
          "shapes = load shapes train=100 test=20 size=16\nmap = tsne shapes.train perplexity=10 iterations=50"
      ),
    ],
    keepsPartialValue: true
  ) { options, context in
    let run = context.run(seed: context.session.seed(options.seed))
    if let into = options.into { return try place(options.of, into: into, run) }
    var rows = try options.of.matrix(run: run)
    var components: PCA?
    if rows.shape[1] > mostColumns, rows.shape[0] > mostColumns {
      let pca = try PCA(of: rows, components: mostColumns, run: run)
      rows = try pca.project(rows, run: run)
      components = pca
    }
    let live = LiveMap(of: options.of.images, console: context.session.console)
    let map = try options.tsne.map(rows, watching: { live.show($0) }, run: run)
    live.finish(map, asLine: map.isComplete && !context.isAssigned)
    if !map.isComplete {
      context.host.write(
        "stopped after \(Format.counted(map.iterations, "iteration")); the map so far is kept\n")
    }
    return EmbeddingValue(
      rows: map.points, images: options.of.images,
      origin: "t-SNE of \(options.of.origin), divergence \(Format.decimal(map.divergence, 3))",
      reduction: .map(options.tsne, map, of: rows, components: components))
  }

  private static func place(
    _ new: RowsValue, into: EmbeddingValue, _ run: Run
  ) throws -> EmbeddingValue {
    guard case .map(let tsne, let map, let known, let components)? = into.reduction else {
      throw Problem(
        "`\(command.word(\.into))` takes what tsne made, and this is \(into.origin)",
        about: command.word(\.into),
        advice: "give what tsne made: map = \(command.name) images")
    }
    var rows = try new.matrix(run: run)
    if let components { rows = try components.project(rows, run: run) }
    return EmbeddingValue(
      rows: try tsne.place(rows, into: map, of: known, run: run), images: new.images,
      origin: "\(new.origin) on the map of \(into.origin)")
  }
}

extension TSNE.Start: OptionValue {}
