import Tensors

/// The parts of a linear layer besides products.
enum LinearKernel {
  /// `y = b + other` in `rows`, of the terms that are there.
  static func begin(_ y: Matrix, rows: Range<Int>, bias: Matrix?, adding other: Matrix?) {
    for row in rows {
      forEachVector(y.columns) { at, lanes in
        var value = Vector(repeating: 0)
        if let bias { value = bias[0, at, lanes: lanes] }
        if let other { value += other[row, at, lanes: lanes] }
        y[row, at, lanes: lanes] = value
      }
    }
  }

  /// `y = y + b` in `rows`.
  static func add(_ bias: Matrix, to y: Matrix, rows: Range<Int>) {
    for row in rows {
      forEachVector(y.columns) { at, lanes in
        y[row, at, lanes: lanes] += bias[0, at, lanes: lanes]
      }
    }
  }

  /// Adds each of `columns` of `dy` up, in the order of its rows, to `sums`.
  static func addColumns(_ columns: Range<Int>, of dy: Matrix, to sums: Matrix) {
    forEachVector(columns.count) { offset, lanes in
      let at = columns.lowerBound &+ offset
      var sum = sums[0, at, lanes: lanes]
      for row in 0..<dy.rows { sum += dy[row, at, lanes: lanes] }
      sums[0, at, lanes: lanes] = sum
    }
  }
}

extension Reference {
  /// `y[r, o] = b[o] + Σ_i x[r, i]·W[o, i]`
  package static func linear(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> [Double] {
    let (outputs, inputs) = (bias.count, weight.count / bias.count)
    return (0..<x.count / inputs * outputs).map { place in
      let (row, output) = (place / outputs, place % outputs)
      return (0..<inputs).reduce(bias[output]) { $0 + x[row * inputs + $1] * weight[output * inputs + $1] }
    }
  }

  /// `∂L/∂x[r, i] = Σ_o dy[r, o]·W[o, i]`, `∂L/∂W[o, i] = Σ_r dy[r, o]·x[r, i]`, `∂L/∂b[o] = Σ_r dy[r, o]`
  package static func linearGradients(
    _ dy: [Double], _ x: [Double], _ weight: [Double], inputs: Int
  ) -> (x: [Double], weight: [Double], bias: [Double]) {
    let (rows, outputs) = (x.count / inputs, weight.count / inputs)
    var dx = x.map { _ in 0.0 }, dWeight = weight.map { _ in 0.0 }
    var dBias = [Double](repeating: 0, count: outputs)
    for row in 0..<rows {
      for output in 0..<outputs {
        let dy = dy[row * outputs + output]
        dBias[output] += dy
        for input in 0..<inputs {
          dx[row * inputs + input] += dy * weight[output * inputs + input]
          dWeight[output * inputs + input] += dy * x[row * inputs + input]
        }
      }
    }
    return (dx, dWeight, dBias)
  }
}
