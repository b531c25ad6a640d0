/// Calculating by element, with operands spread to one shape, and the way back.
extension Grid {
  @inline(__always)
  func map(_ function: (Scalar) -> Scalar) -> Grid {
    let result = Grid(uninitialized: shape)
    let (from, to) = (pointer, result.pointer)
    for at in 0..<shape.count { to[at] = function(from[at]) }
    return result
  }

  /// The way from row to row and from column to column, 0 where this matrix is spread.
  private func steps(over shape: FormulaShape) -> (row: Int, column: Int) {
    (self.shape.rows == 1 ? 0 : self.shape.columns, self.shape.columns == 1 && shape.columns != 1 ? 0 : 1)
  }

  @inline(__always)
  static func spread(
    _ a: Grid, _ b: Grid, over shape: FormulaShape, _ function: (Scalar, Scalar) -> Scalar
  ) -> Grid {
    let result = Grid(uninitialized: shape)
    let (stepA, stepB) = (a.steps(over: shape), b.steps(over: shape))
    for row in 0..<shape.rows {
      let (x, y) = (a.pointer + row * stepA.row, b.pointer + row * stepB.row)
      let to = result.pointer + row * shape.columns
      if stepA.column == 1, stepB.column == 1 {
        for at in 0..<shape.columns { to[at] = function(x[at], y[at]) }
      } else {
        for at in 0..<shape.columns { to[at] = function(x[at &* stepA.column], y[at &* stepB.column]) }
      }
    }
    return result
  }

  @inline(__always)
  static func spread(
    _ a: Grid, _ b: Grid, _ c: Grid, over shape: FormulaShape,
    _ function: (Scalar, Scalar, Scalar) -> Scalar
  ) -> Grid {
    let result = Grid(uninitialized: shape)
    let (stepA, stepB, stepC) = (a.steps(over: shape), b.steps(over: shape), c.steps(over: shape))
    for row in 0..<shape.rows {
      let (x, y) = (a.pointer + row * stepA.row, b.pointer + row * stepB.row)
      let (z, to) = (c.pointer + row * stepC.row, result.pointer + row * shape.columns)
      if stepA.column == 1, stepB.column == 1, stepC.column == 1 {
        for at in 0..<shape.columns { to[at] = function(x[at], y[at], z[at]) }
      } else {
        for at in 0..<shape.columns {
          to[at] = function(x[at &* stepA.column], y[at &* stepB.column], z[at &* stepC.column])
        }
      }
    }
    return result
  }

  /// The sum over what an operand of that shape was spread to: the gradient of spreading.
  func summed(to shape: FormulaShape) -> Grid {
    guard shape != self.shape else { return self }
    var sums = [Double](repeating: 0, count: shape.count)
    let (rowStep, columnStep) = (shape.rows == 1 ? 0 : shape.columns, shape.columns == 1 ? 0 : 1)
    for row in 0..<self.shape.rows {
      let from = pointer + row * self.shape.columns
      if columnStep == 0 {
        var sum = 0.0
        for column in 0..<self.shape.columns { sum += Double(from[column]) }
        sums[row * rowStep] += sum
      } else {
        for column in 0..<self.shape.columns { sums[row * rowStep + column] += Double(from[column]) }
      }
    }
    return Grid(shape, sums)
  }

  func plus(_ other: Grid) -> Grid { Grid.spread(self, other, over: shape) { $0 + $1 } }

  static func spreadShape(_ name: String, _ operands: [FormulaShape]) throws(FormulaError) -> FormulaShape {
    var shape = operands[0]
    for operand in operands.dropFirst() {
      guard let joined = shape.spread(with: operand) else { throw .shapes(name, operands) }
      shape = joined
    }
    return shape
  }
}
