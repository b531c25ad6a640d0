import Networks
import Tensors

/// One piece of the engine's work, and what it is bound by.
struct Kernel {
  /// What a kernel is held against.
  enum Work {
    /// Floating-point operations, against multiply-adds on registers. Convolutions count as direct ones.
    case operations(Int)
    /// Numbers that must be read or written at the least, 4 bytes each, against the memory's bandwidth.
    case numbers(Int)
    /// Views, against nothing.
    case views(Int)
  }

  let name: String
  let shape: String
  let work: Work
  let take: () -> Void
}

/// A layer on its own: its passes as two kernels. The backward pass is timed on what a forward pass left, which is put back on
/// the tape before each time.
func passes(
  _ name: String, _ layer: any Layer, _ shape: [Int], pass: Pass, forward: Kernel.Work, backward: Kernel.Work
) -> [Kernel] {
  let x = noise(shape)
  let text = shape.map(String.init).joined(separator: "×")
  var full = Tape(pass: pass, mode: .training)
  let dy = noise(layer.forward(x, saving: &full).shape)
  let saved = full
  return [
    Kernel(name: name + " forward", shape: text, work: forward) {
      var tape = Tape(pass: pass, mode: .training)
      _ = layer.forward(x, saving: &tape)
    },
    Kernel(name: name + " backward", shape: text, work: backward) {
      var tape = saved
      _ = layer.backward(dy, from: &tape)
    },
  ]
}

/// Numbers from a normal distribution.
func noise(_ shape: [Int]) -> Tensor {
  let tensor = Tensor(uninitialized: shape)
  var random = RandomStream(seed: 1)
  for index in 0..<tensor.count { tensor.pointer[index] = random.normal() }
  return tensor
}
