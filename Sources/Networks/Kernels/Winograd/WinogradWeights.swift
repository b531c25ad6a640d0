import Tensors

/// Weights of a 3×3 convolution among Winograd's frequencies, or their gradients: matrices `[in, out]`, each with its
/// columns in panels.
package struct WinogradWeights<Method: WinogradMethod> {
  let inputs: Int
  let panels: WinogradPanels
  let memory: Tensor
  private let numbers: Matrix
  /// Stride from one frequency to the next.
  private let step: Int

  /// Elements are not set.
  init(inputs: Int, outputs: Int) {
    self.inputs = inputs
    panels = WinogradPanels(outputs)
    // One cache line more than needed: frequencies a multiple of 4 KB apart would share one set of the cache.
    step = inputs * panels.width * panels.count + 16
    memory = Tensor(uninitialized: [36 * step])
    numbers = Matrix(memory)
  }

  /// Some of the same shape in the rows of `memory`, `[count, this memory's count]`.
  init(like other: WinogradWeights, row: Int, of memory: Tensor) {
    (inputs, panels, step, self.memory) = (other.inputs, other.panels, other.step, memory)
    precondition(memory.shape[1] == other.memory.count, "rows of another length")
    numbers = Matrix(memory).row(row)
  }

  /// The weights of frequency `frequency` from the inputs `range` to the first `count` outputs of panel `panel`.
  @inline(__always)
  package func matrix(_ frequency: Int, inputs range: Range<Int>, panel: Int, outputs count: Int) -> Matrix {
    assert(range.upperBound <= inputs && panel < panels.count)
    return numbers.window(
      at: place(frequency, input: range.lowerBound, panel: panel), rows: range.count, columns: count,
      step: panels.width)
  }

  /// Place of input `input` at frequency `frequency` in panel `panel` of the outputs.
  @inline(__always)
  private func place(_ frequency: Int, input: Int, panel: Int) -> Int {
    frequency &* step &+ (panel &* inputs &+ input) &* panels.width
  }

  /// `U = G g Gᵀ` of every kernel g of `weight` `[3, 3, in, out]`.
  package init(_ weight: Tensor, pass: Pass) {
    self.init(inputs: weight.shape[2], outputs: weight.shape[3])
    fill(from: weight, firstOutput: 0, pass: pass)
  }

  /// As above for as many outputs as fit, from `firstOutput` on.
  func fill(from weight: Tensor, firstOutput: Int, pass: Pass) {
    let (from, outputs) = (Matrix(weight), weight.shape[3])
    let parts = (inputs + 31) / 32
    pass.forEach(panels.count * parts) { item, _ in
      let (panel, part) = (item / parts, item % parts)
      let first = firstOutput + WinogradPanels.most * panel
      let width = min(panels.used(panel), outputs - first)
      guard width > 0 else { return }
      // A row of a panel at a time of each weight: the nine weights of a kernel are a multiple of 4 KB apart.
      withVectors(18 + 9 * WinogradPanels.most / Vector.lanes) { room in
        let row = 18 * Vector.lanes
        for input in part * 32..<min(inputs, part * 32 + 32) {
          for weight in 0..<9 {
            forEachVector(width) { at, lanes in
              room[row &+ WinogradPanels.most &* weight &+ at, lanes: Vector.lanes] =
                from[weight &* inputs &+ input, first &+ at, lanes: lanes]
            }
          }
          forEachVector(width) { at, _ in
            for b in 0..<3 {
              Method.weight(
                SteppedPort(
                  room, from: row &+ WinogradPanels.most &* b &+ at, step: 3 &* WinogradPanels.most),
                SteppedPort(room, from: Vector.lanes &* b, step: 3 &* Vector.lanes))
            }
            for i in 0..<6 {
              Method.weight(
                SteppedPort(room, from: 3 &* Vector.lanes &* i, step: Vector.lanes),
                SteppedPort(numbers, from: place(6 &* i, input: input, panel: panel) &+ at, step: step))
            }
          }
        }
      }
    }
  }

  /// Adds `Gᵀ u G` of every 6×6 gradient u, which this holds, to `gradient` `[3, 3, in, out]`.
  package func addGradient(to gradient: Tensor, pass: Pass) {
    pass.forEachRange(inputs, grain: grain(width: 36 * panels.channels)) { range, _ in
      addGradient(of: range, outputs: panels.channels, to: gradient, firstInput: 0, firstOutput: 0)
    }
  }

  /// As above for the inputs `range` and the first `count` outputs, where this holds the gradients of a part of the kernels,
  /// which begins at `firstInput` and `firstOutput`.
  func addGradient(
    of range: Range<Int>, outputs count: Int, to gradient: Tensor, firstInput: Int, firstOutput: Int
  ) {
    let (to, tap) = (Matrix(gradient), gradient.shape[2])
    // A row of a panel at a time for each weight: the nine weights of a kernel are a multiple of 4 KB apart.
    withVectors(18 + 9 * WinogradPanels.most / Vector.lanes) { room in
      let row = 18 * Vector.lanes
      for input in range {
        for panel in 0..<WinogradPanels(count).count {
          let width = min(WinogradPanels.most, count - WinogradPanels.most * panel)
          forEachVector(width) { at, _ in
            for j in 0..<6 {
              Method.weightGradient(
                SteppedPort(numbers, from: place(j, input: input, panel: panel) &+ at, step: 6 &* step),
                SteppedPort(room, from: Vector.lanes &* j, step: 6 &* Vector.lanes))
            }
            for a in 0..<3 {
              Method.weightGradient(
                SteppedPort(room, from: 6 &* Vector.lanes &* a, step: Vector.lanes),
                SteppedPort(
                  room, from: row &+ 3 &* WinogradPanels.most &* a &+ at, step: WinogradPanels.most))
            }
          }
          let first = firstOutput &+ WinogradPanels.most &* panel
          for weight in 0..<9 {
            let place = weight &* tap &+ firstInput &+ input
            forEachVector(width) { at, lanes in
              to[place, first &+ at, lanes: lanes] +=
                room[row &+ WinogradPanels.most &* weight &+ at, lanes: Vector.lanes]
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
  let (from, to) = (Matrix(weight), Matrix(result))
  let strips = (inputs + 15) / 16
  pass.forEach(kernel * kernel * strips) { item, _ in
    let (position, strip) = (item / strips, item % strips)
    let range = strip * 16..<min(inputs, strip * 16 + 16)
    for output in 0..<outputs {
      for input in range {
        to[position &* outputs &+ output, input] = from[position &* inputs &+ input, output]
      }
    }
  }
  return result
}
