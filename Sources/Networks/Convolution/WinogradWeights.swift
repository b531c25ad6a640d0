import Tensors

/// Weights of a 3×3 convolution among Winograd's frequencies: 36 matrices `[in, out]`.
struct WinogradWeights {
  let inputs: Int
  let outputs: Int
  /// `[36, in, out]`
  let frequencies: Tensor

  /// `U = G g Gᵀ` of every kernel g of `weight` `[3, 3, in, out]`.
  init(_ weight: Tensor, run: Run) {
    inputs = weight.shape[2]
    outputs = weight.shape[3]
    let (inputs, outputs) = (inputs, outputs)
    frequencies = Tensor(uninitialized: [36, inputs, outputs])
    let (from, to) = (weight.pointer, frequencies.pointer)
    run.forEachRange(inputs, grain: grain(width: 36 * outputs)) { range, _ in
      withUnsafeTemporaryAllocation(of: Vector.self, capacity: 18) { room in
        for input in range {
          forEachVector(outputs) { at, lanes in
            let place = input &* outputs &+ at
            for b in 0..<3 {
              let g = (0..<3).map3 { load(from + ((3 &* $0 &+ b) &* inputs &* outputs &+ place), lanes) }
              let t = WinogradRow.weight(g)
              (room[b], room[3 + b], room[6 + b], room[9 + b], room[12 + b], room[15 + b]) = t
            }
            for i in 0..<6 {
              let u = WinogradRow.weight((room[3 &* i], room[3 &* i &+ 1], room[3 &* i &+ 2]))
              let row = to + (6 &* i &* inputs &* outputs &+ place)
              let step = inputs &* outputs
              store(u.0, row, lanes)
              store(u.1, row + step, lanes)
              store(u.2, row + 2 &* step, lanes)
              store(u.3, row + 3 &* step, lanes)
              store(u.4, row + 4 &* step, lanes)
              store(u.5, row + 5 &* step, lanes)
            }
          }
        }
      }
    }
  }

  /// Adds `Gᵀ u G` of every 6×6 gradient u of `frequencies` `[36, in, out]` to `gradient` `[3, 3, in, out]`.
  static func addGradient(_ frequencies: Tensor, to gradient: Tensor, run: Run) {
    let (inputs, outputs) = (gradient.shape[2], gradient.shape[3])
    let (from, to) = (frequencies.pointer, gradient.pointer)
    let step = inputs * outputs
    run.forEachRange(inputs, grain: grain(width: 36 * outputs)) { range, _ in
      withUnsafeTemporaryAllocation(of: Vector.self, capacity: 18) { room in
        for input in range {
          forEachVector(outputs) { at, lanes in
            let place = input &* outputs &+ at
            for j in 0..<6 {
              let u = from + (j &* step &+ place)
              let t = WinogradRow.weightGradient(
                (
                  load(u, lanes), load(u + 6 &* step, lanes), load(u + 12 &* step, lanes),
                  load(u + 18 &* step, lanes), load(u + 24 &* step, lanes), load(u + 30 &* step, lanes)
                ))
              (room[j], room[6 + j], room[12 + j]) = t
            }
            for a in 0..<3 {
              let t = room.baseAddress! + 6 &* a
              let g = WinogradRow.weightGradient((t[0], t[1], t[2], t[3], t[4], t[5]))
              let row = to + (3 &* a &* step &+ place)
              store(load(row, lanes) + g.0, row, lanes)
              store(load(row + step, lanes) + g.1, row + step, lanes)
              store(load(row + 2 &* step, lanes) + g.2, row + 2 &* step, lanes)
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

extension Range<Int> {
  /// The values of `body` for the three numbers of the range.
  @inline(__always)
  fileprivate func map3(_ body: (Int) -> Vector) -> WinogradRow.Three {
    (body(lowerBound), body(lowerBound &+ 1), body(lowerBound &+ 2))
  }
}
