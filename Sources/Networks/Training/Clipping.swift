import Tensors

/// `g ← g·min(1, c/‖g‖)`, with ‖g‖ the norm of the gradients of all parameters together but for frozen ones (Pascanu et al., 2013).
///
/// Sums are of pieces in their order, whatever the number of workers. A norm that is no number changes nothing.
/// - Parameter norm: c, above 0.
/// - Returns: ‖g‖ before.
@discardableResult
public func clipGradients(of parameters: [Parameter], to norm: Float, workers: Workers) -> Double {
  let moving = parameters.filter { $0.pace != .frozen }
  let pieces = ParameterPiece.all(of: moving)
  let squares = Tensor([max(1, pieces.count)])
  // The workers' own loop, which no interrupt cuts short: an update is whole or not begun.
  workers.forEach(pieces.count) { item, _ in
    squares[item] = UpdateKernels.squares(Matrix(moving[pieces[item].index].gradient), pieces[item].range)
  }
  let length = squares.elements.reduce(0.0) { $0 + Double($1) }.squareRoot()
  guard length > Double(norm), length.isFinite else { return length }
  let factor = Float(Double(norm) / length)
  workers.forEach(pieces.count) { item, _ in
    UpdateKernels.scale(Matrix(moving[pieces[item].index].gradient), by: factor, pieces[item].range)
  }
  return length
}
