import Tensors

/// `y = max(a + b, 0)`, a a normalised tensor and b another or one that is as it is; all that is still to be done to both
/// happens in the same pass over memory.
/// Shapes: all `[n, h, w, c]`.
struct ResidualSum {
  func forward(_ a: Activation, _ b: Activation, saving tape: inout Tape) -> Tensor {
    precondition(a.tensor.shape == b.tensor.shape, "a residual has the shape of what it is added to")
    let y = Tensor(uninitialized: a.tensor.shape)
    let channels = a.channels
    let (inner, other, target) = (a.tensor.pointer, b.tensor.pointer, y.pointer)
    let (terms, others) = (a.terms!, b.terms)
    let floor = Vector(repeating: others?.floor ?? 0)
    tape.run.forEachRange(y.count / max(1, channels), grain: grain(width: channels)) { pixels, _ in
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
    tape.push(a)
    tape.push(b)
    tape.push(y)
    return y
  }

  /// The gradients of both: dy where y is positive, with the sums that each one's normalisation needs.
  func backward(_ dy: Tensor, hasShortcut: Bool, from tape: inout Tape) -> (a: NormGradient, b: NormGradient)
  {
    let y = tape.pop()
    let b = tape.popActivation()
    let a = tape.popActivation()
    precondition(dy.shape == y.shape, "\(dy.shape) is no gradient of \(y.shape)")
    let dz = Tensor(uninitialized: y.shape)
    let channels = a.channels
    let pixels = y.count / max(1, channels)
    let piece = grain(width: channels)
    let pieces = (pixels + piece - 1) / piece
    let sums = GradientSums(pieces: pieces, terms: a.terms!)
    let others = hasShortcut ? GradientSums(pieces: pieces, terms: b.terms!) : nil
    tape.run.forEachRange(pixels, grain: piece) { range, _ in
      let place = range.lowerBound / piece
      for start in stride(from: range.lowerBound, to: range.upperBound, by: 32) {
        let count = min(32, range.upperBound - start)
        let first = start * channels
        let to = dz.pointer + first
        forEachVector(count * channels) { at, lanes in
          var gradient = load(dy.pointer + (first + at), lanes)
          gradient.replace(with: 0, where: .!(load(y.pointer + (first + at), lanes) .> Vector(repeating: 0)))
          store(gradient, to + at, lanes)
        }
        sums.add(to, of: a.tensor.pointer + first, count: count, piece: place)
        others?.add(to, of: b.tensor.pointer + first, count: count, piece: place)
      }
    }
    return (
      NormGradient(tensor: dz, sums: sums.total()),
      NormGradient(tensor: dz, sums: others?.total() ?? Tensor([0]))
    )
  }
}
