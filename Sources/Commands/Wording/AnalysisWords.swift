import Analysis
import Base
import Language

extension RowsError: Worded {
  var words: InputError {
    switch self {
    case .few(let task, let least, let rows):
      InputError("\(task.noun) needs at least \(counted(least, "row")), and \(thereAre(rows, "row"))")
    case .empty(let task): InputError("\(task.noun) needs rows of numbers, and these are empty")
    case .notFinite:
      InputError(
        "the rows have a value that is infinite or NaN",
        advice: "a model whose training diverged gives such rows: train again with a smaller rate")
    case .memory(let task, let rows, let memory):
      InputError(
        "\(task.countedNoun) of \(counted(rows, "row"))", lacks: memory,
        advice: memory.fitting(of: rows).map { "take \(counted($0, "row")) or fewer" })
    case .differ(let task, let here, let there):
      InputError(
        "\(task.noun) compares row by row, and \(thereAre(here[0], "row")) of \(counted(here[1], "number")) here "
          + "and \(there[0]) of \(there[1]) there",
        advice: "give two views of the same images, embedded by the same model")
    }
  }
}

extension RowsError.Task {
  fileprivate var noun: String {
    switch self {
    case .alignment: "alignment"
    case .effectiveRank: "the effective rank"
    case .map: "a map"
    case .neighbourRecall: "neighbour recall"
    case .placing: "placing on a map"
    case .positives: "the rank of positives"
    case .spread: "spread"
    case .trustworthiness: "trustworthiness"
    case .uniformity: "uniformity"
    case .components: "principal components"
    case .neighbours: "a search for neighbours"
    }
  }

  fileprivate var countedNoun: String {
    switch self {
    case .components(let count): "\(count) principal components"
    case .neighbours(let count): "a search for \(counted(count, "neighbour"))"
    default: noun
    }
  }
}

extension PCAError: Worded {
  var words: InputError {
    switch self {
    case .count(let count, let rows, let columns):
      InputError(
        "\(counted(count, "component")) cannot be had from \(counted(rows, "row")) of \(counted(columns, "number"))",
        option: Pca.command.word(\.components),
        advice: Pca.command.use(\.components, from: 1, to: min(rows, columns)))
    case .width(let columns, let rows):
      InputError("the components are of rows of \(counted(columns, "number")), and these have \(rows)")
    case .eigenvectorsDiverge: InputError("the eigenvectors did not converge")
    case .singularValuesDiverge: InputError("the singular values did not converge")
    }
  }
}

extension NeighboursError: Worded {
  var words: InputError {
    let command = FindNeighbours.command
    let k = command.word(\.k)
    switch self {
    case .count(let count, let available):
      return InputError(
        "`\(k)` is \(count), and \(thereAre(max(0, available), "row")) to choose from", option: k,
        advice: command.use(\.k, from: 1, to: available))
    case .width(let width, let among):
      return InputError(
        "rows of \(counted(width, "number")) cannot be compared with rows of \(among)",
        option: command.word(\.among),
        advice: "Compare rows of one kind: embeddings by the same model, or images of the same size.")
    case .half(let count, let rows):
      return InputError(
        "`\(k)` is \(count), and trustworthiness asks for less than half of \(counted(rows, "row"))",
        option: k,
        advice: command.use(\.k, from: 1, to: (rows - 1) / 2) ?? "a map of at least 3 rows can be judged")
    }
  }
}

extension MapError: Worded {
  var words: InputError {
    let command = Tsne.command
    switch self {
    case .dimensions(let dimensions):
      return InputError(
        "a map has 2 or 3 dimensions, not \(dimensions)", option: command.word(\.tsne.dimensions))
    case .perplexity(let perplexity, let rows):
      let advice = command.use(\.tsne.perplexity, from: 1, to: (rows - 1) / 3) ?? "use more rows"
      return InputError(
        "a perplexity of \(written(perplexity)) does not fit \(counted(rows, "row"))",
        option: command.word(\.tsne.perplexity),
        advice: "\(advice): each row looks at 3 times as many neighbours")
    case .exaggeration(let exaggeration):
      return InputError(
        "an exaggeration of \(written(exaggeration)) would not pull neighbours together",
        option: command.word(\.tsne.exaggeration), advice: "use 1 for none; 8 suits most data")
    case .rate(let rate):
      return InputError(
        "a rate of \(written(rate)) does not improve the map", option: command.word(\.tsne.rate))
    case .noIterations:
      return InputError("a map needs at least one iteration", option: command.word(\.tsne.iterations))
    case .diverged(let rate):
      return InputError(
        "the map diverged: its points are not finite", option: command.word(\.tsne.rate),
        advice: "use a smaller rate, or leave it out: \(rate) suits these rows")
    case .placed(let points, let rows):
      return InputError(
        "the map has \(counted(points, "point")), and \(thereAre(rows, "row"))",
        advice: "place new rows with the rows that the map was made of")
    case .compared(let points, let rows):
      return InputError(
        "the map has \(counted(points, "point")), and \(thereAre(rows, "row"))",
        advice: "compare a map with the rows that it was made of")
    case .width(let width, let new):
      return InputError(
        "the map is of rows of \(counted(width, "number")), and the new ones have \(new)",
        advice: "embed the new images with the same model")
    }
  }
}
