import Tensors

/// Weights of a 3×3 convolution among Winograd's frequencies, or their gradients: matrices `[in, out]`, each with its
/// columns in panels.
struct WinogradWeights<Method: WinogradMethod> {
  let inputs: Int
  let panels: WinogradPanels
  let memory: Tensor
  /// Stride from one frequency to the next.
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

  /// Index of input `input` at frequency `frequency` in panel `panel` of the outputs.
  @inline(__always)
  func offset(_ frequency: Int, input: Int, panel: Int) -> Int {
    frequency &* step &+ (panel &* inputs &+ input) &* panels.width
  }

  /// `U = G g Gᵀ` of every kernel g of `weight` `[3, 3, in, out]`.
  init(_ weight: Tensor, pass: Pass) {
    self.init(inputs: weight.shape[2], outputs: weight.shape[3])
    fill(from: weight, firstOutput: 0, pass: pass)
  }

  /// As above for as many outputs as fit, from `firstOutput` on.
  func fill(from weight: Tensor, firstOutput: Int, pass: Pass) {
    let outputs = weight.shape[3]
    let (from, to, tap) = (weight.pointer + firstOutput, memory.pointer, inputs * outputs)
    let parts = (inputs + 31) / 32
    pass.forEach(panels.count * parts) { item, _ in
      let (panel, part) = (item / parts, item % parts)
      let width = min(panels.used(panel), outputs - firstOutput - WinogradPanels.most * panel)
      guard width > 0 else { return }
      // A row of a panel at a time of each weight: the nine weights of a kernel are a multiple of 4 KB apart.
      withVectors(18 + 9 * WinogradPanels.most / Vector.lanes) { room in
        let row = room + 18 * Vector.lanes
        for input in part * 32..<min(inputs, part * 32 + 32) {
          for weight in 0..<9 {
            let place = from + (weight &* tap &+ input &* outputs &+ WinogradPanels.most &* panel)
            forEachVector(width) { at, lanes in
              store(load(place + at, lanes), row + (WinogradPanels.most &* weight &+ at))
            }
          }
          forEachVector(width) { at, _ in
            for b in 0..<3 {
              Method.weight(
                SteppedPort(row + (WinogradPanels.most &* b &+ at), step: 3 &* WinogradPanels.most),
                SteppedPort(room + Vector.lanes &* b, step: 3 &* Vector.lanes))
            }
            for i in 0..<6 {
              let place = to + (offset(6 &* i, input: input, panel: panel) &+ at)
              Method.weight(
                SteppedPort(room + 3 &* Vector.lanes &* i, step: Vector.lanes), SteppedPort(place, step: step)
              )
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

  /// As above for the inputs `range` and the first `count` outputs, where this holds the gradients of a part of the kernels,
  /// which begins at `firstInput` and `firstOutput`.
  func addGradient(
    of range: Range<Int>, outputs count: Int, to gradient: Tensor, firstInput: Int, firstOutput: Int
  ) {
    let outputs = gradient.shape[3]
    let (from, tap) = (memory.pointer, gradient.shape[2] * outputs)
    let to = gradient.pointer + firstInput * outputs + firstOutput
    // A row of a panel at a time for each weight: the nine weights of a kernel are a multiple of 4 KB apart.
    withVectors(18 + 9 * WinogradPanels.most / Vector.lanes) { room in
      let row = room + 18 * Vector.lanes
      for input in range {
        for panel in 0..<WinogradPanels(count).count {
          let width = min(WinogradPanels.most, count - WinogradPanels.most * panel)
          forEachVector(width) { at, _ in
            for j in 0..<6 {
              let place = from + (offset(j, input: input, panel: panel) &+ at)
              Method.weightGradient(
                SteppedPort(place, step: 6 &* step),
                SteppedPort(room + Vector.lanes &* j, step: 6 &* Vector.lanes))
            }
            for a in 0..<3 {
              Method.weightGradient(
                SteppedPort(room + 6 &* Vector.lanes &* a, step: Vector.lanes),
                SteppedPort(row + (3 &* WinogradPanels.most &* a &+ at), step: WinogradPanels.most))
            }
          }
          for weight in 0..<9 {
            let place = to + (weight &* tap &+ input &* outputs &+ WinogradPanels.most &* panel)
            forEachVector(width) { at, lanes in
              store(
                load(place + at, lanes) + load(row + (WinogradPanels.most &* weight &+ at)), place + at, lanes
              )
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
  withUnsafeTemporaryAllocation(
    byteCount: count * MemoryLayout<Vector>.stride, alignment: MemoryLayout<Vector>.alignment
  ) {
    body($0.baseAddress!.assumingMemoryBound(to: Float.self))
  }
}
