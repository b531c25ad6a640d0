import Tensors

/// `y = f(x) + s(x)`, f any layer and the shortcut s another or x itself. Shapes: x as f and s read it, y as both give it.
final class LayerSum: Layer {
  private let main: any Layer
  private let shortcut: (any Layer)?

  init(_ main: any Layer, shortcut: (any Layer)?) { (self.main, self.shortcut) = (main, shortcut) }

  var layers: [any Layer] { [main] + [shortcut].compactMap { $0 } }

  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    let other = shortcut?.forward(x, saving: &tape) ?? x
    return sum(main.forward(x, saving: &tape), other, pass: tape.pass)
  }

  /// `∂L/∂x` is the sum of both.
  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let dx = main.backward(dy, from: &tape)
    return sum(dx, shortcut?.backward(dy, from: &tape) ?? dy, pass: tape.pass)
  }

  /// Names are those of the layers themselves.
  func collect(into state: inout State, prefix: String) {
    main.collect(into: &state, prefix: prefix)
    shortcut?.collect(into: &state, prefix: prefix)
  }
}
