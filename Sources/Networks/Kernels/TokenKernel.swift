import Tensors

/// Between pictures and tokens. A picture's tokens are that of its class and one for each patch, line by line.
package enum TokenKernel {
  /// A row for each patch of `band`, a line of patches counted over all pictures: all its reds, then its greens, then its blues, as
  /// PyTorch's `unfold` orders them. `x` has a row for each pixel of pictures of `size`.
  package static func cut(_ x: Matrix, size: Int, patch: Int, band: Int, to y: Matrix) {
    let (perSide, area) = (size / patch, patch * patch)
    let (image, line) = (band / perSide, band % perSide)
    for column in 0..<perSide {
      let row = band &* perSide &+ column
      for i in 0..<patch {
        let pixel = (image &* size &+ line &* patch &+ i) &* size &+ column &* patch
        for j in 0..<patch {
          for channel in 0..<3 { y[row, channel &* area &+ i &* patch &+ j] = x[pixel &+ j, channel] }
        }
      }
    }
  }

  /// The tokens of `image`, each with its position added.
  package static func join(_ patches: Matrix, token: Matrix, positions: Matrix, to y: Matrix, image: Int) {
    let tokens = positions.rows
    for place in 0..<tokens {
      let (from, row) =
        place == 0 ? (token, 0) : (patches, image &* (tokens &- 1) &+ place &- 1)
      forEachVector(y.columns) { at, lanes in
        y[image &* tokens &+ place, at, lanes: lanes] =
          from[row, at, lanes: lanes] + positions[place, at, lanes: lanes]
      }
    }
  }

  /// Adds the gradients of all images, `dy`, up in a range of the positions' numbers.
  package static func addPositions(_ dy: Matrix, to sums: Matrix, _ range: Range<Int>) {
    let count = sums.rows * sums.columns
    let images = count == 0 ? 0 : dy.rows * dy.columns / count
    forEachVector(range.count) { offset, lanes in
      let at = range.lowerBound &+ offset
      var sum = Vector(repeating: 0)
      for image in 0..<images { sum += dy[image &* count &+ at, lanes: lanes] }
      sums[at, lanes: lanes] += sum
    }
  }

  /// Adds every `tokens`th row of `dy` to `sum`.
  package static func addFirst(_ dy: Matrix, every tokens: Int, to sum: Matrix) {
    for row in stride(from: 0, to: dy.rows, by: tokens) {
      forEachVector(dy.columns) { at, lanes in
        sum[0, at, lanes: lanes] += dy[row, at, lanes: lanes]
      }
    }
  }
}

extension Reference {
  /// A row for each patch of `x`, `images` of `size` × `size` pixels of three channels: channel after channel, each line by line.
  package static func patches(_ x: [Double], images: Int, size: Int, patch: Int) -> [[Double]] {
    var rows: [[Double]] = []
    for image in 0..<images {
      for top in Swift.stride(from: 0, to: size, by: patch) {
        for left in Swift.stride(from: 0, to: size, by: patch) {
          var row: [Double] = []
          for channel in 0..<3 {
            for i in top..<top + patch {
              for j in left..<left + patch { row.append(x[((image * size + i) * size + j) * 3 + channel]) }
            }
          }
          rows.append(row)
        }
      }
    }
    return rows
  }

  /// Row t of an image is `positions[t]` plus the class's token for t = 0, else its patch t − 1.
  package static func tokens(
    _ patches: [[Double]], token: [Double], positions: [[Double]], images: Int
  ) -> [[Double]] {
    (0..<images * positions.count).map { row in
      let (image, place) = (row / positions.count, row % positions.count)
      let from = place == 0 ? token : patches[image * (positions.count - 1) + place - 1]
      return zip(from, positions[place]).map { $0 + $1 }
    }
  }

  /// ∂L/∂positions, the sum of the rows `dy` over images, and ∂L/∂token, its first row.
  package static func tokenGradients(
    _ dy: [[Double]], tokens: Int
  ) -> (positions: [[Double]], token: [Double]) {
    var sums = Array(dy.prefix(tokens))
    for (row, values) in dy.enumerated().dropFirst(tokens) {
      sums[row % tokens] = zip(sums[row % tokens], values).map { $0 + $1 }
    }
    return (sums, sums[0])
  }
}
