import Tensors

/// Weights of a 3×3 convolution among Winograd's frequencies: 36 matrices `[in, out]`, each with its columns in panels.
struct WinogradWeights<Method: WinogradMethod> {
  let inputs: Int
  let panels: WinogradPanels
  let memory: Tensor

  /// Elements are not set.
  init(inputs: Int, outputs: Int) {
    self.inputs = inputs
    panels = WinogradPanels(outputs)
    memory = Tensor(uninitialized: [36 * inputs * panels.width * panels.count])
  }

  var count: Int { memory.count }

  /// Where frequency `frequency` has input `input` in panel `panel` of the outputs.
  @inline(__always)
  func offset(_ frequency: Int, input: Int, panel: Int) -> Int {
    ((frequency &* panels.count &+ panel) &* inputs &+ input) &* panels.width
  }

  /// `U = G g Gᵀ` of every kernel g of `weight` `[3, 3, in, out]`.
  init(_ weight: Tensor, run: Run) {
    self.init(inputs: weight.shape[2], outputs: weight.shape[3])
    let outputs = weight.shape[3]
    let (from, to, step) = (weight.pointer, memory.pointer, inputs * outputs)
    run.forEachRange(inputs, grain: grain(width: 36 * outputs)) { range, _ in
      withUnsafeTemporaryAllocation(of: Vector.self, capacity: 18) { room in
        let room = room.baseAddress!
        for input in range {
          forEachVector(outputs) { at, lanes in
            let place = from + (input &* outputs &+ at)
            for b in 0..<3 {
              Method.weight(
                { load(place + (3 &* $0 &+ b) &* step, lanes) }, { room[3 &* $0 &+ b] = $1 })
            }
            for i in 0..<6 {
              Method.weight(
                { room[3 &* i &+ $0] },
                { store($1, to + (offset(6 &* i &+ $0, input: input, panel: at &>> 6) &+ (at & 63))) })
            }
          }
        }
      }
    }
  }

  /// Adds `Gᵀ u G` of every 6×6 gradient u, which this holds, to `gradient` `[3, 3, in, out]`.
  func addGradient(to gradient: Tensor, run: Run) {
    let outputs = gradient.shape[3]
    let (from, to, step) = (memory.pointer, gradient.pointer, inputs * outputs)
    run.forEachRange(inputs, grain: grain(width: 36 * outputs)) { range, _ in
      withUnsafeTemporaryAllocation(of: Vector.self, capacity: 18) { room in
        let room = room.baseAddress!
        for input in range {
          forEachVector(outputs) { at, lanes in
            for j in 0..<6 {
              Method.weightGradient(
                { load(from + (offset(6 &* $0 &+ j, input: input, panel: at &>> 6) &+ (at & 63))) },
                { room[6 &* $0 &+ j] = $1 })
            }
            let place = to + (input &* outputs &+ at)
            for a in 0..<3 {
              Method.weightGradient(
                { room[6 &* a &+ $0] },
                {
                  let weight = place + (3 &* a &+ $0) &* step
                  store(load(weight, lanes) + $1, weight, lanes)
                })
            }
          }
        }
      }
    }
  }
}

/// The kernels with which a convolution's backward pass is a convolution of dy: turned by half a turn, inputs and outputs
/// exchanged. `W'[a, b, o, c] = W[k − 1 − a, k − 1 − b, c, o]`
func turned(_ weight: Tensor, run: Run) -> Tensor {
  let (kernel, inputs, outputs) = (weight.shape[0], weight.shape[2], weight.shape[3])
  let result = Tensor(uninitialized: [kernel, kernel, outputs, inputs])
  let positions = kernel * kernel
  let strips = (inputs + 15) / 16
  run.forEach(positions * strips) { item, _ in
    let (position, strip) = (item / strips, item % strips)
    let from = weight.pointer + (positions - 1 - position) * inputs * outputs
    let to = result.pointer + position * inputs * outputs
    let range = strip * 16..<min(inputs, strip * 16 + 16)
    for output in 0..<outputs {
      for input in range { to[output &* inputs &+ input] = from[input &* outputs &+ output] }
    }
  }
  return result
}
