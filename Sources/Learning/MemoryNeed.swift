import Networks
import Tensors

/// What one training step keeps in memory, measured by a small one.
package struct MemoryNeed {
  /// Bytes whatever the batch, beside the weights that are there already: what the optimiser remembers, a copy of the weights,
  /// and scratch memory.
  package let fixed: Int
  /// Bytes of each view that goes through the network together with others.
  package let perView: Int
  /// Bytes of each image of the batch.
  package let perImage: Int

  /// Two views go through the network in training, and what the tape keeps of them is counted. Reads the weights,
  /// changes nothing.
  package init(of model: ContrastiveModel, optimizerTensors: Int, seed: UInt64, workers: Workers) {
    let side = model.encoder.inputSize
    var tape = Tape(pass: Pass(seed: seed, workers: workers), mode: .training)
    let views = Tensor([2, side, side, 3])
    let z = model.head.forward(model.encoder.forward(views, saving: &tape), saving: &tape)
    let parameters = model.state.parameterCount * MemoryLayout<Float>.stride
    let input = side * side * 3 * MemoryLayout<Float>.stride
    fixed = (optimizerTensors + 1) * parameters + (64 << 20)
    // The next batch's views are made beside, and a gradient or two are as large as the largest activations.
    perView = tape.keptBytes / 2 * 5 / 4 + 2 * input
    perImage = 2 * 3 * (z.count / 2) * MemoryLayout<Float>.stride
  }

  package func bytes(batch: Int, chunk: Int) -> Int { fixed + 2 * chunk * perView + batch * perImage }

  /// Throws `InputError` where `available` bytes are not enough, with a batch or a chunk that would do.
  package func check(batch: Int, chunk: Int?, available: Int) throws {
    let need = bytes(batch: batch, chunk: chunk ?? batch)
    guard need > available else { return }
    let rest = available - fixed - batch * perImage
    let most = max(0, rest / (2 * perView))
    let fitting = most < 16 ? most : most / 8 * 8
    let views = 2 * (chunk ?? batch)
    throw InputError(
      "A step with \(counted(views, "view")) at once needs about \(gigabytes(need)) of memory, and \(gigabytes(available)) are free.",
      option: chunk == nil ? "batch" : "chunk",
      advice: fitting >= 2
        ? "Write \(chunk == nil ? "batch=\(fitting), or keep the batch and write " : "")chunk=\(fitting)."
        : "Use a narrower network or smaller pictures.")
  }

  private func gigabytes(_ bytes: Int) -> String {
    let tenths = (Double(bytes) / 1e8).rounded() / 10
    return "\(tenths) GB"
  }
}
