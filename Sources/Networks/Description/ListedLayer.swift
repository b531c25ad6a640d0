import Tensors

/// A layer of the list from which `NetworkDescription.layers` makes a network.
public indirect enum ListedLayer: Sendable, Equatable {
  /// A convolution of a padded picture; without a `norm` behind it each output has an offset.
  case convolution(channels: Int, size: Int = 3, stride: Int = 1)
  case norm(Norm)
  case relu
  case gelu
  /// The share of numbers that training sets to 0.
  case dropout(Float)
  /// The mean or the largest over all places, or of tokens that of the class alone.
  case pool(Pooling)
  /// The mean or the largest of each window of `size` × `size` places, every `stride`th one.
  case window(Pooling, size: Int, stride: Int)
  case linear(Int)
  case flatten
  /// The layers' outputs, added to what went in.
  case residual([ListedLayer])
  case attention(Attention)
  /// Squares of `side` pixels as tokens, projected to `width` numbers, or as they are.
  case patches(side: Int, width: Int?)
  /// A token for the class before all others, and a learned position added to each.
  case positions
  case repeated(Int, [ListedLayer])
  /// Layers one after another, as a list within the list.
  case group([ListedLayer])

  public enum Norm: String, Sendable, CaseIterable { case batch, layer }

  /// The number that all places, or a window, become.
  public enum Pooling: String, Sendable, CaseIterable { case mean, max, `class` }

  /// A transformer's block; `hidden` is the width between its two linear layers, by default four times that of a token.
  public struct Attention: Sendable, Equatable {
    public enum Bend: String, Sendable, CaseIterable { case gelu, relu }

    public var heads: Int
    public var hidden: Int?
    public var bend: Bend
    public var dropout: Float

    public init(heads: Int, hidden: Int? = nil, bend: Bend = .gelu, dropout: Float = 0) {
      (self.heads, self.hidden, self.bend, self.dropout) = (heads, hidden, bend, dropout)
    }
  }
}

extension ListedLayer {
  /// Layers and repetitions that a list holds at most, those within others counted.
  public static let most = 1000

  /// A layer that stands for itself, with its way through lists and the layers that hold them, counted from 0.
  struct Placed {
    let layer: ListedLayer
    let path: [Int]
  }

  /// Without groups and repetitions. Throws `LayerListError` for too many.
  static func flat(
    _ list: [ListedLayer], path: [Int] = [], count: inout Int
  ) throws(LayerListError) -> [Placed] {
    var result: [Placed] = []
    for (place, layer) in list.enumerated() {
      count += 1
      let path = path + [place]
      guard count <= most else { throw LayerListError(path, layer, [], .many(most: most)) }
      switch layer {
      case .group(let list): result += try flat(list, path: path, count: &count)
      case .repeated(let times, let list):
        for _ in 0..<max(0, times) {
          count += 1
          guard count <= most else { throw LayerListError(path, layer, [], .many(most: most)) }
          result += try flat(list, path: path, count: &count)
        }
      default: result.append(Placed(layer: layer, path: path))
      }
    }
    return result
  }

  /// The same without groups and repetitions, also within residuals.
  static func plain(_ list: [ListedLayer]) throws(LayerListError) -> [ListedLayer] {
    var count = 0
    return try plain(list, count: &count)
  }

  private static func plain(_ list: [ListedLayer], count: inout Int) throws(LayerListError) -> [ListedLayer] {
    var result: [ListedLayer] = []
    for placed in try flat(list, count: &count) {
      if case .residual(let inner) = placed.layer {
        result.append(.residual(try plain(inner, count: &count)))
      } else {
        result.append(placed.layer)
      }
    }
    return result
  }
}

/// A list of layers that makes no network: which layer does not fit, where it stands, and what came in.
public struct LayerListError: Error, Equatable {
  /// Places of the layer, from the outermost list inwards, counted from 0; empty where the whole list is meant.
  public let path: [Int]
  public let layer: ListedLayer?
  /// Shape of what came in for one picture: `[side, side, channels]`, `[tokens, width]` or `[numbers]`.
  public let shape: [Int]
  public let reason: Reason

  public enum Reason: Equatable, Sendable {
    case empty
    case many(most: Int)
    case emptyResidual
    case needsPicture, needsTokens, needsRow
    /// A window larger than the picture, for which `most` would do.
    case window(most: Int)
    case stride(most: Int)
    case evenSize
    case number(Int, ClosedRange<Int>)
    case share(Float)
    case notFirst
    case patches(nearest: Int)
    case tokens(Int, most: Int)
    case positionsAfterPatches, patchesWithoutPositions
    case heads(fitting: Int)
    /// Shapes that cannot be added: of the layers, and of the way past them.
    case sum([Int], [Int])
    case withinResidual
    /// The list ends with something that is no row.
    case end
    /// No room for the weights and their gradients, of which this layer has the most.
    case memory(layer: PlannedLayer, MemoryShortage)
  }

  init(_ path: [Int], _ layer: ListedLayer?, _ shape: [Int], _ reason: Reason) {
    (self.path, self.layer, self.shape, self.reason) = (path, layer, shape, reason)
  }
}
