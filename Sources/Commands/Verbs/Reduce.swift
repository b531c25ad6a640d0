import Analysis
import Language
import Tensors

struct Pca {
  @Required var of: RowsValue
  var components = 2

  static let command = Command(
    name: "pca", summary: "Principal components: the directions along which rows vary most.",
    details: "Exact. Of images, the rows are their pixels. Pearson, 1901.",
    gives: "embedding", group: "Analysis", defaults: Pca(),
    arguments: [Argument("of", \.$of, "An embedding or images")],
    options: [Option("components", \.components, "How many", in: 1...100_000)],
    examples: [Example(code: "pca few components=8", setup: "few = load shapes train=100 test=10 size=16")]
  ) { options, context in
    let run = context.session.run()
    let rows = try options.of.matrix(run: run)
    let pca = try PCA(of: rows, components: options.components, run: run)
    let share = Format.percent(pca.explained.reduce(0, +))
    return EmbeddingValue(
      rows: try pca.project(rows, run: run), images: options.of.images,
      origin:
        "\(Format.counted(options.components, "component")) of \(options.of.origin), \(share) of the variance"
    )
  }
}

struct Tsne {
  @Required var of: RowsValue
  var perplexity: Float = 30
  var dimensions = 2
  var iterations = 500
  var seed: Int?

  static let command = Command(
    name: "tsne", summary: "A map on which rows that are neighbours stay neighbours (t-SNE).",
    details: """
      Distances between far groups and the sizes of groups mean little. Of images, the rows are their pixels; more than \
      50 columns are brought down to 50 principal components first. van der Maaten and Hinton, 2008.
      """,
    gives: "embedding", group: "Analysis", defaults: Tsne(),
    arguments: [Argument("of", \.$of, "An embedding or images")],
    options: [
      Option("perplexity", \.perplexity, "About how many neighbours each row keeps", in: 1...1000),
      Option("dimensions", \.dimensions, "Of the map", in: 2...3),
      Option("iterations", \.iterations, "After the 250 that are exaggerated", in: 1...100_000),
      Option("seed", \.seed, "Another start for another seed"),
    ],
    examples: [
      Example(
        code: "map = tsne few perplexity=10 iterations=50",
        setup: "few = load shapes train=100 test=10 size=16")
    ]
  ) { options, context in
    let run = context.session.run(seed: context.session.seed(options.seed))
    var rows = try options.of.matrix(run: run)
    if rows.shape[1] > 50, rows.shape[0] > 50 {
      rows = try PCA(of: rows, components: 50, run: run).project(rows, run: run)
    }
    var tsne = TSNE()
    tsne.perplexity = options.perplexity
    tsne.dimensions = options.dimensions
    tsne.iterations = options.iterations
    let map = try tsne.map(rows, run: run)
    return EmbeddingValue(
      rows: map.points, images: options.of.images,
      origin: "t-SNE of \(options.of.origin), divergence \(Format.decimal(map.divergence, 3))")
  }
}
