import Tensors

/// A 3×3 convolution with stride 1 by Winograd's F(4×4, 3×3): tiles are transformed to 36 frequencies, each frequency is
/// one matrix product over channels, and the products are transformed back.
///
/// Where the weights of all frequencies are small, a worker takes a block of tiles through all three stages while it
/// stays in its L2 cache. Where they are large, a block that small would read them too often: then a larger
/// block goes through the stages with all workers on each of them, and a worker takes some frequencies.
package struct WinogradConvolution {
  private let tiles: WinogradTiles
  private let images: Int
  private let inputs: Int
  private let outputs: Int

  /// Whether the method computes such a convolution at all.
  package static func fits(_ shape: ConvolutionShape) -> Bool {
    shape.kernel == 3 && shape.stride == 1 && shape.padding <= 2
  }

  package init(_ shape: ConvolutionShape) {
    precondition(WinogradConvolution.fits(shape), "Winograd's method is for 3×3 kernels with stride 1")
    tiles = WinogradTiles(
      images: shape.images, height: shape.height, width: shape.width, padding: shape.padding)
    images = shape.images
    inputs = shape.inputs
    outputs = shape.outputs
  }

  package func forward(_ x: Tensor, _ weight: Tensor, run: Run) -> Tensor {
    let y = Tensor(uninitialized: [images, tiles.rows, tiles.columns, outputs])
    let pass = WinogradPass(tiles: tiles, inputs: inputs, outputs: outputs, run: run)
    pass.convolve(x, WinogradWeights(weight, run: run), into: y, adding: false)
    return y
  }

  /// ∂L/∂x, a convolution of dy with the turned kernels; added to `other` where there is one.
  package func inputGradient(_ dy: Tensor, _ weight: Tensor, addingTo other: Tensor?, run: Run) -> Tensor {
    let dx = other ?? Tensor(uninitialized: [images, tiles.height, tiles.width, inputs])
    let turnedTiles = WinogradTiles(
      images: images, height: tiles.rows, width: tiles.columns, padding: 2 - tiles.padding)
    let pass = WinogradPass(tiles: turnedTiles, inputs: outputs, outputs: inputs, run: run)
    pass.convolve(dy, WinogradWeights(turned(weight, run: run), run: run), into: dx, adding: other != nil)
    return dx
  }

  /// `∂L/∂U = Σ (Bᵀ x B)ᵀ·(A dy Aᵀ)` over tiles for each frequency, then `∂L/∂g = Gᵀ ∂L/∂U G`.
  package func addWeightGradient(_ x: Tensor, _ dy: Tensor, to gradient: Tensor, run: Run) {
    guard images > 0 else { return }
    let pass = WinogradPass(tiles: tiles, inputs: inputs, outputs: outputs, run: run)
    WinogradWeights.addGradient(pass.weightGradient(x, dy), to: gradient, run: run)
  }
}

/// One pass of a Winograd convolution over a batch.
struct WinogradPass {
  let tiles: WinogradTiles
  let inputs: Int
  let outputs: Int
  let run: Run

  /// Tiles that a worker takes through all stages at once. Milliseconds of one core (Sapphire Rapids) for the forward
  /// pass of 128 images of 32² with 64 channels, and of 16² with 128: 24 tiles 29 and 38, 32 tiles 22 and 26,
  /// 48 tiles 22 and 24, 64 tiles 23 and 30, 96 tiles 24 and 27.
  private var block: Int { 48 }
  /// Numbers that all frequencies of the weights may take for a worker to go through all stages alone: 128 channels
  /// take 24 ms so and 26 otherwise, 256 channels 33 ms so and 26 otherwise.
  private var isSmall: Bool { 36 * inputs * outputs <= 1 << 20 }
  /// Tiles that all workers take through a stage together: 256 channels take 32 ms in blocks of 56, 26 of 112, 28 of 224;
  /// 512 channels 51 ms in blocks of 28, 41 of 56, 31 of 128.
  private var largeBlock: Int { min(tiles.count, 128) }
  /// Partial sums of a weight gradient: a fixed number, so that the bits do not depend on the workers.
  private var groups: Int { min(8, (tiles.count + block - 1) / block) }

  func convolve(_ x: Tensor, _ weights: WinogradWeights, into y: Tensor, adding: Bool) {
    if isSmall {
      let rooms = (0..<run.workers.count).map { _ in makeRoom(tiles: block) }
      run.forEachRange(tiles.count, grain: block) { range, worker in
        let room = rooms[worker]
        room.transformInputs(x, range, offset: 0)
        for frequency in 0..<36 { multiply(frequency, room, weights, count: range.count) }
        room.transformOutputs(y, range, offset: 0, adding: adding)
      }
    } else {
      let room = makeRoom(tiles: largeBlock)
      for start in stride(from: 0, to: tiles.count, by: largeBlock) {
        let end = min(tiles.count, start + largeBlock)
        run.forEachRange(end - start, grain: 8) { range, _ in
          room.transformInputs(
            x, start + range.lowerBound..<start + range.upperBound, offset: range.lowerBound)
        }
        run.forEach(36) { frequency, _ in multiply(frequency, room, weights, count: end - start) }
        run.forEachRange(end - start, grain: 8) { range, _ in
          room.transformOutputs(
            y, start + range.lowerBound..<start + range.upperBound, offset: range.lowerBound, adding: adding)
        }
      }
    }
  }

  /// The gradient of each frequency of the weights: `[36, in, out]`.
  func weightGradient(_ x: Tensor, _ dy: Tensor) -> Tensor {
    let count = 36 * inputs * outputs
    if isSmall {
      let partial = Tensor(uninitialized: [groups, count])
      let rooms = (0..<run.workers.count).map { _ in makeRoom(tiles: block) }
      let blocks = (tiles.count + block - 1) / block
      run.forEach(groups) { group, worker in
        let room = rooms[worker]
        let first = blocks * group / groups
        for part in first..<blocks * (group + 1) / groups where !run.interrupt.isRequested {
          let range = part * block..<min(tiles.count, (part + 1) * block)
          room.transformInputs(x, range, offset: 0)
          room.transformOutputGradients(dy, range, offset: 0)
          for frequency in 0..<36 {
            accumulate(
              frequency, room, count: range.count, isFirst: part == first, to: partial.pointer + group * count
            )
          }
        }
      }
      guard groups > 1 else { return partial }
      let sum = Tensor([count])
      addPartials(partial, to: sum, run: run)
      return sum
    }
    let sum = Tensor(uninitialized: [count])
    let room = makeRoom(tiles: largeBlock)
    for start in stride(from: 0, to: tiles.count, by: largeBlock) {
      let end = min(tiles.count, start + largeBlock)
      run.forEachRange(end - start, grain: 8) { range, _ in
        let part = start + range.lowerBound..<start + range.upperBound
        room.transformInputs(x, part, offset: range.lowerBound)
        room.transformOutputGradients(dy, part, offset: range.lowerBound)
      }
      run.forEach(36) { frequency, _ in
        accumulate(frequency, room, count: end - start, isFirst: start == 0, to: sum.pointer)
      }
    }
    return sum
  }

  private func makeRoom(tiles count: Int) -> WinogradRoom {
    WinogradRoom(tiles: tiles, capacity: count, inputs: inputs, outputs: outputs)
  }

  @inline(__always)
  private func multiply(_ frequency: Int, _ room: WinogradRoom, _ weights: WinogradWeights, count: Int) {
    gemm(
      m: count, n: outputs, k: inputs, room.input + frequency * room.inputStep, lda: room.inputStride,
      weights.frequencies.pointer + frequency * inputs * outputs, ldb: outputs,
      room.output + frequency * room.outputStep, ldc: room.outputStride)
  }

  @inline(__always)
  private func accumulate(
    _ frequency: Int, _ room: WinogradRoom, count: Int, isFirst: Bool, to sum: UnsafeMutablePointer<Float>
  ) {
    gemm(
      transposeA: true, m: inputs, n: outputs, k: count, room.input + frequency * room.inputStep,
      lda: room.inputStride, room.output + frequency * room.outputStep, ldb: room.outputStride,
      beta: isFirst ? 0 : 1, sum + frequency * inputs * outputs, ldc: outputs)
  }
}

/// Memory for the frequencies of a block of tiles: inputs `[36, tiles, in]` and outputs `[36, tiles, out]`, rows padded
/// to whole vectors.
struct WinogradRoom {
  private let tiles: WinogradTiles
  private let inputs: Int
  private let outputs: Int
  private let memory: Tensor
  private let outside: Tensor
  /// From one tile to the next, and from one frequency to the next.
  let inputStride: Int
  let inputStep: Int
  let outputStride: Int
  let outputStep: Int

  init(tiles: WinogradTiles, capacity: Int, inputs: Int, outputs: Int) {
    self.tiles = tiles
    self.inputs = inputs
    self.outputs = outputs
    inputStride = (inputs + 7) / 8 * 8
    outputStride = (outputs + 7) / 8 * 8
    // One cache line more than needed: frequencies a multiple of 4 KB apart would share one set of the cache.
    inputStep = capacity * inputStride + 16
    outputStep = capacity * outputStride + 16
    memory = Tensor(uninitialized: [36 * (inputStep + outputStep)])
    outside = Tensor([2, max(inputStride, outputStride)])
  }

  var input: UnsafeMutablePointer<Float> { memory.pointer }
  var output: UnsafeMutablePointer<Float> { memory.pointer + 36 * inputStep }
  /// What lies around an image: zeros to read, and a place for what is written there.
  private var zeros: UnsafeMutablePointer<Float> { outside.pointer }
  private var dump: UnsafeMutablePointer<Float> { outside.pointer + outside.shape[1] }

  /// The tiles `range` of `x` to the places from `offset` on.
  func transformInputs(_ x: Tensor, _ range: Range<Int>, offset: Int) {
    let (source, target, zeros) = (x.pointer, input + offset * inputStride, zeros)
    withRoom(places: 36) { tile, places in
      for index in 0..<range.count {
        tiles.inputs(of: range.lowerBound + index, in: source, channels: inputs, outside: zeros, places)
        tile.input(places, channels: inputs, target + index * inputStride, step: inputStep)
      }
    }
  }

  func transformOutputGradients(_ dy: Tensor, _ range: Range<Int>, offset: Int) {
    let (source, target, zeros) = (dy.pointer, output + offset * outputStride, zeros)
    withRoom(places: 16) { tile, places in
      for index in 0..<range.count {
        tiles.outputs(of: range.lowerBound + index, in: source, channels: outputs, outside: zeros, places)
        tile.outputGradient(
          places, channels: outputs, target + index * outputStride, step: outputStep)
      }
    }
  }

  func transformOutputs(_ y: Tensor, _ range: Range<Int>, offset: Int, adding: Bool) {
    let (source, target, dump) = (output + offset * outputStride, y.pointer, dump)
    withRoom(places: 16) { tile, places in
      for index in 0..<range.count {
        tiles.outputs(of: range.lowerBound + index, in: target, channels: outputs, outside: dump, places)
        tile.output(
          source + index * outputStride, step: outputStep, channels: outputs, places,
          adding: adding)
      }
    }
  }

  @inline(__always)
  private func withRoom(
    places count: Int, _ body: (WinogradTile, UnsafeMutablePointer<UnsafeMutablePointer<Float>>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: 36) { vectors in
      withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>.self, capacity: count) { places in
        body(WinogradTile(room: vectors.baseAddress!), places.baseAddress!)
      }
    }
  }
}
