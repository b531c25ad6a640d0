import Networks
import Tensors

/// The largest difference between a gradient and the central difference that should equal it, as a share of the
/// largest gradient of its tensor.
struct GradientError {
  var relative = 0.0
  /// Which number of which tensor.
  var name = ""
  /// The share of the numbers that were left out because the function bends there.
  var skipped = 0.0
}

/// Normal numbers, none nearer to 0 than `gap`.
func random(_ shape: [Int], seed: UInt64, gap: Float = 0) -> Tensor {
  var stream = RandomStream(seed: seed)
  return Tensor(
    shape,
    (0..<shape.reduce(1, *)).map { _ in
      let value = stream.normal()
      return abs(value) < gap ? (value < 0 ? -gap : gap) + value : value
    })
}

/// Compares all gradients of `layer` at `x` with central differences of `Σ dy·y`, dy being random and fixed.
///
/// Numbers at which the two one-sided differences disagree lie at a kink of a rectifier or a maximum, where there is no
/// gradient to compare with: they are left out and counted.
func worstGradientError(
  of layer: any Layer, at x: Tensor, step: Float = 2e-3, kinks: Bool = false, checkInput: Bool = true
) -> GradientError {
  let pass = Pass(seed: 1)
  var tape = Tape(pass: pass, mode: .training)
  let y = layer.forward(x, saving: &tape)
  let dy = random(y.shape, seed: 99)
  let state = State(of: layer)
  state.clearGradients()
  let dx = layer.backward(dy, from: &tape)
  precondition(tape.isEmpty, "the backward pass left something on the tape")

  func loss() -> Double {
    var tape = Tape(pass: pass, mode: .training)
    let y = layer.forward(x, saving: &tape)
    var sum = 0.0
    for at in 0..<y.count { sum += Double(y.pointer[at]) * Double(dy.pointer[at]) }
    return sum
  }
  let middle = loss()
  var error = GradientError()
  var (checked, skipped) = (0, 0)
  func check(_ name: String, _ value: Tensor, _ gradient: Tensor) {
    let size = max(1e-3, Double(gradient.elements.map(abs).max() ?? 0))
    for at in 0..<value.count {
      let kept = value[at]
      value[at] = kept + step
      let (above, high) = (Double(value[at]), loss())
      value[at] = kept - step
      let (below, low) = (Double(value[at]), loss())
      value[at] = kept
      checked += 1
      let right = (high - middle) / (above - Double(kept)), left = (middle - low) / (Double(kept) - below)
      if kinks && abs(right - left) > 0.006 * size {
        skipped += 1
        continue
      }
      let relative = abs((high - low) / (above - below) - Double(gradient[at])) / size
      if !(relative <= error.relative) {
        error.relative = relative
        error.name = "\(name)[\(at)]"
      }
    }
  }
  if checkInput { check("input", x, dx) }
  for (name, entry) in state.entries {
    if case .parameter(let parameter) = entry { check(name, parameter.value, parameter.gradient) }
  }
  error.skipped = Double(skipped) / Double(max(1, checked))
  return error
}
