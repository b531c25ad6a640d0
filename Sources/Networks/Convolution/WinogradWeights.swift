import Tensors

/// Weights of a 3×3 convolution among Winograd's frequencies, or their gradients: matrices `[in, out]`, each with its
/// columns in panels.
struct WinogradWeights<Method: WinogradMethod> {
  let inputs: Int
  let panels: WinogradPanels
  let memory: Tensor
  /// From one frequency to the next.
  private let step: Int

  /// Elements are not set.
  init(inputs: Int, outputs: Int) {
    self.inputs = inputs
    panels = WinogradPanels(outputs)
    // One cache line more than needed: frequencies a multiple of 4 KB apart would share one set of the cache.
    step = inputs * panels.width * panels.count + 16
    memory = Tensor(uninitialized: [36 * step])
  }

  var count: Int { memory.count }

  /// Where frequency `frequency` has input `input` in panel `panel` of the outputs.
  @inline(__always)
  func offset(_ frequency: Int, input: Int, panel: Int) -> Int {
    frequency &* step &+ (panel &* inputs &+ input) &* panels.width
  }

  /// `U = G g Gᵀ` of every kernel g of `weight` `[3, 3, in, out]`.
  init(_ weight: Tensor, pass: Pass) {
    self.init(inputs: weight.shape[2], outputs: weight.shape[3])
    fill(from: weight, firstOutput: 0, pass: pass)
  }

  /// The same for as many outputs as fit, from `firstOutput` on.
  func fill(from weight: Tensor, firstOutput: Int, pass: Pass) {
    let outputs = weight.shape[3]
    let (from, to, tap) = (weight.pointer + firstOutput, memory.pointer, inputs * outputs)
    let parts = (inputs + 31) / 32
    pass.forEach(panels.count * parts) { item, _ in
      let (panel, part) = (item / parts, item % parts)
      let width = min(panels.used(panel), outputs - firstOutput - 64 * panel)
      guard width > 0 else { return }
      // A row of 64 at a time of each weight: the nine weights of a kernel are a multiple of 4 KB apart.
      withVectors(18 + 9 * 8) { room in
        let row = room + 18 * 8
        for input in part * 32..<min(inputs, part * 32 + 32) {
          for weight in 0..<9 {
            let place = from + (weight &* tap &+ input &* outputs &+ 64 &* panel)
            forEachVector(width) { at, lanes in store(load(place + at, lanes), row + (64 &* weight &+ at)) }
          }
          forEachVector(width) { at, _ in
            for b in 0..<3 {
              Method.weight(
                SteppedPort(row + (64 &* b &+ at), step: 192), SteppedPort(room + 8 &* b, step: 24))
            }
            for i in 0..<6 {
              let place = to + (offset(6 &* i, input: input, panel: panel) &+ at)
              Method.weight(SteppedPort(room + 24 &* i, step: 8), SteppedPort(place, step: step))
            }
          }
        }
      }
    }
  }

  /// Adds `Gᵀ u G` of every 6×6 gradient u, which this holds, to `gradient` `[3, 3, in, out]`.
  func addGradient(to gradient: Tensor, pass: Pass) {
    pass.forEachRange(inputs, grain: grain(width: 36 * panels.channels)) { range, _ in
      addGradient(of: range, outputs: panels.channels, to: gradient, firstInput: 0, firstOutput: 0)
    }
  }

  /// The same for the inputs `range` and the first `count` outputs, where this holds the gradients of a part of the kernels,
  /// which begins at `firstInput` and `firstOutput`.
  func addGradient(
    of range: Range<Int>, outputs count: Int, to gradient: Tensor, firstInput: Int, firstOutput: Int
  ) {
    let outputs = gradient.shape[3]
    let (from, tap) = (memory.pointer, gradient.shape[2] * outputs)
    let to = gradient.pointer + firstInput * outputs + firstOutput
    // A row of 64 at a time for each weight: the nine weights of a kernel are a multiple of 4 KB apart.
    withVectors(18 + 9 * 8) { room in
      let row = room + 18 * 8
      for input in range {
        for panel in 0..<(count + 63) / 64 {
          let width = min(64, count - 64 * panel)
          forEachVector(width) { at, _ in
            for j in 0..<6 {
              let place = from + (offset(j, input: input, panel: panel) &+ at)
              Method.weightGradient(SteppedPort(place, step: 6 &* step), SteppedPort(room + 8 &* j, step: 48))
            }
            for a in 0..<3 {
              Method.weightGradient(
                SteppedPort(room + 48 &* a, step: 8), SteppedPort(row + (192 &* a &+ at), step: 64))
            }
          }
          for weight in 0..<9 {
            let place = to + (weight &* tap &+ input &* outputs &+ 64 &* panel)
            forEachVector(width) { at, lanes in
              store(load(place + at, lanes) + load(row + (64 &* weight &+ at)), place + at, lanes)
            }
          }
        }
      }
    }
  }
}

/// The kernels seen from the other side: `W'[a, b, o, c] = W[a, b, c, o]`.
func transposed(_ weight: Tensor, pass: Pass) -> Tensor {
  let (kernel, inputs, outputs) = (weight.shape[0], weight.shape[2], weight.shape[3])
  let result = Tensor(uninitialized: [kernel, kernel, outputs, inputs])
  let strips = (inputs + 15) / 16
  pass.forEach(kernel * kernel * strips) { item, _ in
    let (position, strip) = (item / strips, item % strips)
    let from = weight.pointer + position * inputs * outputs
    let to = result.pointer + position * inputs * outputs
    let range = strip * 16..<min(inputs, strip * 16 + 16)
    for output in 0..<outputs {
      for input in range { to[output &* inputs &+ input] = from[input &* outputs &+ output] }
    }
  }
  return result
}

/// Scratch memory on the stack for `count` vectors.
@inline(__always)
func withVectors(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
  withUnsafeTemporaryAllocation(byteCount: count * 32, alignment: 32) {
    body($0.baseAddress!.assumingMemoryBound(to: Float.self))
  }
}
