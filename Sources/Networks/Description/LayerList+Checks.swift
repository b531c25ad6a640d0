/// Checks of each layer at its place in a list.
extension LayerList {
  /// Numbers that layers take: outputs and the numbers of a row, sides of windows, heads, and tokens of a picture.
  static let (widths, windows, heads, mostTokens) = (1...65_536, 1...31, 1...256, 4097)

  /// Throws where the layer cannot be at that place.
  func check(_ layer: ListedLayer, at place: Int) throws(LayerListError) {
    func require(_ holds: Bool, _ reason: @autoclosure () -> LayerListError.Reason) throws(LayerListError) {
      guard holds else { throw LayerListError(layers[place].path, layer, shape, reason()) }
    }
    func number(_ number: Int, _ range: ClosedRange<Int>) throws(LayerListError) {
      try require(range.contains(number), .number(number, range))
    }
    let (isAfterPatches, side) = (place > 0 && layers[place - 1].layer.isPatches, shape[0])
    try require(!isAfterPatches || layer == .positions, .patchesWithoutPositions)
    switch layer {
    case .convolution(let channels, let size, let stride):
      try require(shape.count == 3, .needsPicture)
      try number(channels, LayerList.widths)
      try number(size, LayerList.windows)
      try number(stride, LayerList.windows)
      try require(size % 2 == 1, .evenSize)
      // The middle of the window and half of it lie in the picture; 3×3 goes with a single place.
      try require(size <= 2 * side + 1, .window(most: 2 * side + 1))
      try require(stride <= side, .stride(most: side))
    case .window(_, let size, let stride):
      try require(shape.count == 3, .needsPicture)
      try number(size, LayerList.windows)
      try number(stride, LayerList.windows)
      try require(size <= side, .window(most: side))
      try require(stride <= side, .stride(most: side))
    case .pool(.class): try require(shape.count == 2 && !isInner, .needsTokens)
    case .pool, .flatten:
      try require(shape.count > 1, .needsPicture)
      try require(!isInner, .withinResidual)
      if layer == .flatten { try number(shape.reduce(1, *), 1...1 << 24) }
    case .linear(let outputs):
      try require(shape.count < 3, .needsRow)
      try number(outputs, LayerList.widths)
    case .dropout(let share): try require((0..<1).contains(share), .share(share))
    case .attention(let attention):
      try require(shape.count == 2, .needsTokens)
      try require(!isInner, .withinResidual)
      try number(attention.heads, LayerList.heads)
      try number(attention.hidden ?? 4 * shape[1], LayerList.widths)
      try require((0..<1).contains(attention.dropout), .share(attention.dropout))
      let fitting = (1...max(1, min(attention.heads, shape[1]))).last { shape[1] % $0 == 0 } ?? 1
      try require(shape[1] % attention.heads == 0, .heads(fitting: fitting))
    case .patches(let patch, let width):
      try require(place == 0 && !isInner, .notFirst)
      try number(patch, 1...128)
      if let width { try number(width, LayerList.widths) }
      let nearest = (1...side).min { apart($0, patch, side) < apart($1, patch, side) } ?? 1
      try require(side % patch == 0, .patches(nearest: nearest))
      let tokens = (side / patch) * (side / patch) + 1
      try require(tokens <= LayerList.mostTokens, .tokens(tokens, most: LayerList.mostTokens))
    case .positions: try require(isAfterPatches, .positionsAfterPatches)
    case .norm, .relu, .gelu, .residual, .repeated, .group: break
    }
    if place == layers.count - 1, layer.isPatches {
      throw LayerListError(layers[place].path, layer, shape, .patchesWithoutPositions)
    }
  }

  /// Distance of a patch from the one asked for; one that does not divide the side is out of the question.
  private func apart(_ patch: Int, _ wanted: Int, _ side: Int) -> Int {
    side % patch == 0 ? abs(patch - wanted) : .max
  }
}

extension ListedLayer {
  fileprivate var isPatches: Bool { if case .patches = self { true } else { false } }
}
