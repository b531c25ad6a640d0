extension ListedLayer {
  /// Layers that make these parts, repetitions drawn together.
  static func list(of network: NetworkDescription) -> [ListedLayer] {
    folded(zip(network.parts, network.plan).flatMap { layers(of: $0.layer, width: $1.outputShape.last ?? 0) })
  }

  /// - Parameter width: numbers of each place or token that the part gives.
  private static func layers(of part: LayerDescription, width: Int = 0) -> [ListedLayer] {
    switch part {
    case .convolution(let block):
      return [
        .convolution(channels: block.outputs, size: block.kernel, stride: block.stride), .norm(.batch),
      ] + (block.isRectified ? [.relu] : [])
    case .residual(let block):
      return [.residual(block.main.flatMap { layers(of: .convolution($0)) }), .relu]
    case .maxPool: return [.window(.max, size: 3, stride: 2)]
    case .meanPool: return [.pool(.mean)]
    case .patches(let side, let width): return [.patches(side: side, width: width)]
    case .tokens: return [.positions]
    case .transformer(let block):
      return [
        .attention(
          .init(
            heads: block.heads, hidden: block.hidden == 4 * width ? nil : block.hidden,
            bend: block.usesGELU ? .gelu : .relu,
            dropout: block.dropout))
      ]
    case .layerNorm: return [.norm(.layer)]
    case .classToken: return [.pool(.class)]
    case .linear(let outputs): return [.linear(outputs)]
    case .relu: return [.relu]
    case .gelu: return [.gelu]
    case .dropout(let share): return [.dropout(share)]
    case .plainConvolution(let block):
      return [.convolution(channels: block.outputs, size: block.kernel, stride: block.stride)]
    case .batchNorm(let isRectified): return [.norm(.batch)] + (isRectified ? [.relu] : [])
    case .pool(let pool): return [.window(pool.isMax ? .max : .mean, size: pool.size, stride: pool.stride)]
    case .maxOfAll: return [.pool(.max)]
    case .flatten: return [.flatten]
    case .sum(let sum): return [.residual(sum.main.flatMap { layers(of: $0.layer) })]
    }
  }

  /// Whether it belongs to the layer before it, so that no repetition begins with it.
  private var isAfterthought: Bool {
    switch self {
    case .norm, .relu, .gelu, .dropout, .positions: true
    default: false
    }
  }

  /// The same with `repeated` for what comes several times on end: always the longest stretch that this makes shorter.
  private static func folded(_ list: [ListedLayer]) -> [ListedLayer] {
    var result: [ListedLayer] = []
    var place = 0
    while place < list.count {
      let (period, times) = repetition(in: list[place...])
      guard times > 1, !list[place].isAfterthought else {
        result.append(list[place])
        place += 1
        continue
      }
      result.append(.repeated(times, Array(list[place..<place + period])))
      place += period * times
    }
    return result
  }

  /// The stretch of at most eight layers at the beginning that is repeated to save the most, and how often it comes.
  private static func repetition(in list: ArraySlice<ListedLayer>) -> (period: Int, times: Int) {
    var best = (period: 1, times: 1)
    for period in 1...8 where 2 * period <= list.count {
      let unit = list.prefix(period)
      var times = 1
      while list.dropFirst(period * times).prefix(period).elementsEqual(unit) { times += 1 }
      // A single layer less is not worth the words.
      let saved = (times - 1) * period
      if saved > max(1, (best.times - 1) * best.period) { best = (period, times) }
    }
    return best
  }
}
