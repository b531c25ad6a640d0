import Base
import Language
import Networks

extension LayerListError: Worded {
  var words: InputError {
    let (message, advice) = sentences
    return InputError(message, option: MakeNetwork.command.word(\.$layers), advice: advice)
  }

  /// With the place of the layer in the list, for the caret.
  var problem: Problem {
    var problem = Problem(words.message, about: words.option, advice: words.advice, kind: .badValue)
    problem.path = path
    return problem
  }

  private var name: String {
    guard let layer else { return "the list" }
    let verb = layer.cell.split { "([ )]".contains($0) }.first.map(String.init) ?? ""
    return "`\(verb)`, layer \(path.map { "\($0 + 1)" }.joined(separator: ".")) of the list,"
  }

  private var sentences: (message: String, advice: String?) {
    let came = "\(LayerListError.words(for: shape)) came in"
    let (pool, flatten) = (PoolLayer.command.name, PlainLayers.flatten.name)
    switch reason {
    case .empty: return ("The list holds no layers.", "For example `[(convolution 32), norm, relu, pool]`.")
    case .many(let most):
      return ("The list holds more than \(counted(most, "layer")), repetitions counted.", "Take fewer.")
    case .emptyResidual:
      return ("\(name) holds no layers.", "Write them in brackets: `(residual [(convolution 32), norm])`.")
    case .needsPicture:
      return (
        "\(name) takes an image, and \(came).",
        shape.count == 1
          ? "Put it before what makes a row: `\(pool)`, `\(flatten)`."
          : "Tokens go through `\(AttentionLayer.command.name)`, `\(LinearLayer.command.name)` and norms."
      )
    case .needsTokens:
      return (
        "\(name) takes tokens, and \(came).",
        "A list of tokens begins with `(\(PatchesLayer.command.name) 4 width=64), \(PlainLayers.positions.name)`."
      )
    case .needsRow:
      return ("\(name) takes a row of numbers, and \(came).", "Put `\(pool)` or `\(flatten)` before it.")
    case .window(let most):
      return (
        "\(name) has a window that is larger than its image: \(came).", "Its size is at most \(most) here."
      )
    case .stride(let most):
      return ("\(name) has a stride that is larger than its image: \(came).", "It is at most \(most) here.")
    case .evenSize: return ("\(name) has a window without a middle.", "Take an odd size: 1, 3, 5 or 7.")
    case .number(let number, let range):
      return (
        "\(name) has \(grouped(number)) where \(grouped(range.lowerBound)) to \(grouped(range.upperBound)) is possible.",
        nil
      )
    case .share(let share): return ("\(name) has a share of \(share), and it is from 0 to below 1.", nil)
    case .notFirst:
      return (
        "\(name) cuts images of colours: it is the first layer of a network.",
        "Put it first, or leave it out."
      )
    case .patches(let nearest):
      return (
        "\(name) cannot cut an image of \(shape[0])×\(shape[0]) pixels without a rest.",
        "\(nearest) would do."
      )
    case .tokens(let tokens, let most):
      return (
        "\(name) makes \(counted(tokens, "token")), and at most \(grouped(most)) are possible.",
        "Take larger patches."
      )
    case .positionsAfterPatches:
      return (
        "\(name) tells patches where they are, and \(came).",
        "It stands behind `(\(PatchesLayer.command.name) 4 width=64)`, which is the first layer."
      )
    case .patchesWithoutPositions:
      return (
        "\(name) comes where `\(PlainLayers.positions.name)` must stand: behind patches.",
        "Write `\(PlainLayers.positions.name)` after `\(PatchesLayer.command.name)`."
      )
    case .heads(let fitting):
      return (
        "\(name) shares out the \(counted(shape.last ?? 0, "number")) of a token among its heads, and that leaves a rest.",
        "\(counted(fitting, "head")) would do."
      )
    case .sum(let main, let past):
      return (
        "\(name) cannot add up: its layers give \(LayerListError.words(for: main)), and the way past them \(LayerListError.words(for: past)).",
        "A side that the stride does not divide is halved in different ways: take a stride for the window, or another size."
      )
    case .withinResidual:
      return (
        "\(name) stands in a residual, where the shape must stay one that can be added.", "Put it outside."
      )
    case .end:
      return (
        "The list ends with \(LayerListError.words(for: shape)), and a representation is a row of numbers.",
        "Add `\(pool)` or `\(flatten)`."
      )
    case .memory(let layer, let memory):
      let words = InputError("the network", lacks: memory, advice: nil)
      return (
        words.message,
        "Layer \(layer.name), \(layer.kind), has \(grouped(layer.parameters)) of the weights: make it smaller."
      )
    }
  }

  /// "an image of 8×8×64", "65 tokens of 192 numbers", "a row of 128 numbers"
  private static func words(for shape: [Int]) -> String {
    switch shape.count {
    case 3: "an image of " + shape.map(String.init).joined(separator: "×")
    case 2: "\(counted(shape[0], "token")) of \(counted(shape[1], "number"))"
    default: "a row of \(counted(shape.first ?? 0, "number"))"
    }
  }
}
