import Networks
import Tensors

/// Passage of images through a network in use, without a backward pass: how many at once, and the memory that this takes.
package struct Passage {
  package let chunk: Int
  package let bytes: Int

  private static let most = 640 << 20

  /// Need of a use of the network on as many images at once as have the pixels of 256 images of 32×32, and fewer through a network so wide that its activations would
  /// take more than 640 MB.
  package init(of count: Int, through encoder: NetworkDescription, method: (any Method)? = nil) {
    let side = encoder.inputSize
    let alive = encoder.aliveCount + (method?.widest ?? 0) * 2
    let perImage = MemoryLayout<Float>.stride * (alive + 2 * side * side * 3)
    chunk = max(1, min(256, 256 * 32 * 32 / (side * side), Passage.most / perImage))
    bytes = min(count, chunk) * perImage + encoder.scratchBytes
  }

  /// Throws unless there is room for the passage and for results of `count` images, `width` numbers each.
  package func check(_ encoder: NetworkDescription, of count: Int, width: Int) throws(TrainingError) {
    let perResult = MemoryLayout<Float>.stride * width
    try MachineMemory.ask(for: bytes + count * perResult) { memory in
      TrainingError.passageMemory(
        count, encoder.architecture, width: width, fitting: (memory.counted - bytes) / max(1, perResult),
        memory)
    }
  }
}

/// Memory of one training step, measured by a small one.
package struct MemoryNeed {
  /// Bytes whatever the batch, beside the weights that are there already: what the optimiser remembers, a copy of the weights,
  /// and scratch memory.
  package let fixed: Int
  /// Bytes of each image whose views go through the network together with others.
  package let perImageThrough: Int
  /// Bytes of each image of the batch.
  package let perImage: Int
  /// Views of each image.
  private let views: Int

  /// A picture or two go through the network in training, and what the tape keeps of their views is counted. Reads the
  /// weights, changes nothing. Throws `TrainingError` where there is no room even for that, and `Interrupted`.
  ///
  /// - Parameters:
  ///   - isFrozen: whether the encoder stays as it is throughout, so that nothing of it is kept for a backward pass.
  ///   - beside: bytes that the training keeps besides.
  package init(
    of lease: ModelLease, isFrozen: Bool = false, optimizerTensors: Int, beside: Int = 0, run: Run
  ) throws {
    let model = lease.model
    let numbers = lease.state.entries.reduce(0) { $0 + $1.entry.tensor.count }
    let fixed =
      MemoryLayout<Float>.stride * (optimizerTensors * model.parameterCount + numbers)
      + model.encoder.scratchBytes + beside
    try MachineMemory.ask(for: fixed) { TrainingError.memory(model.encoder.architecture, $0) }
    self.fixed = fixed
    let (groups, method) = (model.viewGroups, lease.method)
    let needs = try run.pass { pass in
      groups.indices.map { group in
        let (side, count) = (groups[group].side, groups[group].views)
        // One view alone would leave normalisation without a spread.
        let images = count > 1 ? 1 : 2
        let views = Tensor([images * count, side, side, 3])
        var tape = Tape(pass: pass, mode: .training, keeping: groups[group].isTrained)
        let z: Tensor
        if isFrozen {
          var still = Tape(pass: pass, mode: .evaluation)
          z = method.outputs(of: lease.encoder.forward(views, saving: &still), group: group, saving: &tape)
        } else {
          z = method.forward(views, through: lease.encoder, group: group, saving: &tape).rows
        }
        var other = Tape(pass: pass, mode: .training, keeping: false)
        let hasTwin = method.targets(of: views, group: group, saving: &other) != nil
        // The next batch's views are made beside, and a gradient or two are as large as the largest activations. A twin
        // keeps none.
        return (
          through: tape.keptBytes / (images * count) * 5 / 4 * count
            + MemoryLayout<Float>.stride * count
            * (2 * side * side * 3 + (hasTwin || isFrozen ? model.encoder.aliveCount : 0)),
          outputs: 2 * 3 * (z.count / (images * count)) * count / 2 * MemoryLayout<Float>.stride
        )
      }
    }
    perImageThrough = needs.reduce(0) { $0 + $1.through }
    perImage = needs.reduce(0) { $0 + $1.outputs }
    views = groups.reduce(0) { $0 + $1.views }
  }

  package func bytes(batch: Int, chunk: Int) -> Int { fixed + chunk * perImageThrough + batch * perImage }

  /// Throws where memory is not enough, with a batch or a chunk that would do.
  package func check(batch: Int, chunk: Int?) throws(TrainingError) {
    let views = views * (chunk ?? batch)
    try MachineMemory.ask(for: bytes(batch: batch, chunk: chunk ?? batch)) { memory in
      let most = max(0, (memory.counted - fixed - batch * perImage) / max(1, perImageThrough))
      return TrainingError.stepMemory(
        views: views, inChunks: chunk != nil, fitting: most < 16 ? most : most / 8 * 8, memory)
    }
  }
}
