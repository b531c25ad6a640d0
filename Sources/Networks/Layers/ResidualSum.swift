import Tensors

/// `y = max(a + b, 0)`, a a normalised tensor and b another or one that is as it is; all that is still to be done to both
/// happens in the same pass over memory. Backward: dy where y is positive, for both (`GradientWriter`).
/// Shapes: all `[n, h, w, c]`.
enum ResidualSum {
  /// - Parameter isShortcut: whether b is the normalised output of a shortcut, and not the input of the block.
  static func forward(_ a: Activation, _ b: Activation, isShortcut: Bool, saving tape: inout Tape) -> Tensor {
    precondition(a.tensor.shape == b.tensor.shape, "a residual has the shape of what it is added to")
    let y = Tensor(uninitialized: a.tensor.shape)
    let channels = a.channels
    let (inner, other, target) = (a.tensor.pointer, b.tensor.pointer, y.pointer)
    let (terms, others) = (a.terms!, b.terms)
    let floor = Vector(repeating: others?.floor ?? 0)
    tape.pass.forEachRange(y.count / max(1, channels), grain: grain(width: channels)) { pixels, _ in
      for pixel in pixels {
        let start = pixel &* channels
        forEachVector(channels) { at, lanes in
          let distance = load(inner + (start &+ at), lanes) - load(terms.mean + at, lanes)
          var sum = load(terms.shift + at, lanes).addingProduct(distance, load(terms.factor + at, lanes))
          var value = load(other + (start &+ at), lanes)
          if let others {
            value -= load(others.mean + at, lanes)
            value = load(others.shift + at, lanes).addingProduct(value, load(others.factor + at, lanes))
            value = larger(value, floor)
          }
          sum += value
          store(positivePart(sum), target + (start &+ at), lanes)
        }
      }
    }
    tape.push(ResidualOutput(output: y, inner: a, shortcut: isShortcut ? b : nil))
    return y
  }
}

/// Input of the backward pass of a residual sum.
struct ResidualOutput {
  let output: Tensor
  let inner: Activation
  let shortcut: Activation?
}

extension Tape {
  mutating func push(_ sum: ResidualOutput) {
    push(sum.shortcut ?? Activation(Tensor([0])))
    push(sum.inner)
    push(sum.output)
  }

  /// The sum that was pushed last.
  var topSum: ResidualOutput {
    let shortcut = activation(3)
    return ResidualOutput(
      output: top(), inner: activation(1), shortcut: shortcut.terms == nil ? nil : shortcut)
  }

  mutating func popSum() { for _ in 0..<5 { _ = pop() } }
}
