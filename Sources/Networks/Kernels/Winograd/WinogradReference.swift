import Tensors

extension Reference {
  /// Winograd's matrices (Lavin and Gray, 2016) in double precision, rows of numbers.
  package struct Winograd: Sendable {
    /// `Bᵀ`, `Aᵀ` and `G`.
    package let inputs: [[Double]]
    package let outputs: [[Double]]
    package let weights: [[Double]]

    /// F(4, 3) by the points 0, ±1, ±2 and infinity.
    package static let unitStride = Winograd(
      inputs: [
        [4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1],
      ],
      outputs: [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]],
      weights: [
        [1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6], [0, 0, 1],
      ])

    /// F(4, 2) by the points 0, ±1, 2 and infinity of the even inputs, then the odd inputs as they are.
    package static let strideTwo = Winograd(
      inputs: [
        [2, 0, -1, 0, -2, 0, 1, 0, 0], [0, 0, -2, 0, -1, 0, 1, 0, 0], [0, 0, 2, 0, -3, 0, 1, 0, 0],
        [0, 0, -1, 0, 0, 0, 1, 0, 0], [0, 0, 2, 0, -1, 0, -2, 0, 1], [0, 1, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 1, 0],
      ],
      outputs: [
        [1, 1, 1, 1, 0, 1, 0, 0, 0], [0, 1, -1, 2, 0, 0, 1, 0, 0], [0, 1, 1, 4, 0, 0, 0, 1, 0],
        [0, 1, -1, 8, 1, 0, 0, 0, 1],
      ],
      weights: [
        [1 / 2, 0, 0], [-1 / 2, 0, -1 / 2], [-1 / 6, 0, 1 / 6], [1 / 6, 0, 1 / 3], [0, 0, 1], [0, 1, 0],
      ])

    /// `M x Mᵀ` for a square x, row by row.
    package static func twice(_ m: [[Double]], _ x: [[Double]]) -> [[Double]] {
      m.map { row in
        m.map { column in
          var sum = 0.0
          for i in row.indices { for j in column.indices { sum += row[i] * x[i][j] * column[j] } }
          return sum
        }
      }
    }

    package static func transposed(_ m: [[Double]]) -> [[Double]] {
      m[0].indices.map { column in m.map { $0[column] } }
    }
  }
}
