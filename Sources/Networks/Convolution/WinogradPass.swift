import Tensors

/// One pass of a Winograd convolution over a batch: tiles are transformed to frequencies, each frequency is one matrix
/// product over channels, and the products are transformed back.
///
/// Where the weights of all frequencies are small, a worker takes a block of tiles through all three stages while it
/// stays in its L2 cache. Where they are large, a block that small would read them too often: then a larger
/// block goes through the stages with all workers on each of them, and a worker takes some frequencies.
struct WinogradPass<Method: WinogradMethod> {
  let tiles: WinogradTiles
  let inputs: Int
  let outputs: Int
  let run: Run
  private let edge: WinogradEdge

  init(tiles: WinogradTiles, inputs: Int, outputs: Int, run: Run) {
    self.tiles = tiles
    self.inputs = inputs
    self.outputs = outputs
    self.run = run
    edge = WinogradEdge(channels: max(inputs, outputs))
  }

  // Measured on one core with AVX-512 (Sapphire Rapids, 2 MB of L2 cache), 128 images, forward. 64 channels at 32²
  // take 29 ms in blocks of 24 tiles, 22 of 48, 24 of 96; 128 channels at 16² take 38, 24 and 27.

  /// Tiles that a worker takes through all stages at once. With copies a tile has 81 frequencies instead of 36.
  private var block: Int { Method.copies == 1 ? 48 : 24 }
  /// Whether a worker goes through all stages alone: 128 channels take 24 ms so and 26 otherwise, 256 channels at 8²
  /// 33 ms so and 26 otherwise.
  private var isSmall: Bool { 36 * inputs * outputs <= 1 << 20 }
  /// Tiles that all workers take through a stage together: 256 channels take 32 ms in blocks of 56, 26 of 112,
  /// 28 of 224; 512 channels at 4² take 51 ms in blocks of 28, 41 of 56, 31 of 128.
  private var largeBlock: Int { min(tiles.count, 128) }
  /// Rows of a product at once: products of at most 96·64·64 are those that OpenBLAS does without packing.
  private var productRows: Int { 96 }
  /// Partial sums of a weight gradient: a fixed number, so that the bits do not depend on the workers.
  private var groups: Int { min(8, (tiles.count + block - 1) / block) }

  func convolve(_ x: Tensor, _ weights: WinogradWeights<Method>, into y: Tensor, adding: Bool) {
    if isSmall {
      let rooms = makeRooms()
      run.forEachRange(tiles.count, grain: block) { range, worker in
        let (input, output) = rooms[worker]
        input.transformInputs(x, tiles, range, offset: 0, edge: edge)
        for frequency in 0..<36 { multiply(frequency, input, weights, output, count: range.count) }
        output.transformOutputs(y, tiles, range, offset: 0, adding: adding, edge: edge)
      }
      return
    }
    let (input, output) = makeRoom(tiles: largeBlock)
    for start in stride(from: 0, to: tiles.count, by: largeBlock) {
      let count = min(tiles.count - start, largeBlock)
      run.forEachRange(count, grain: 8) { part, _ in
        input.transformInputs(x, tiles, part.moved(start), offset: part.lowerBound, edge: edge)
      }
      run.forEach(36) { frequency, _ in multiply(frequency, input, weights, output, count: count) }
      run.forEachRange(count, grain: 8) { part, _ in
        output.transformOutputs(
          y, tiles, part.moved(start), offset: part.lowerBound, adding: adding, edge: edge)
      }
    }
  }

  /// The gradient of each frequency of the weights.
  func weightGradient(_ x: Tensor, _ dy: Tensor) -> WinogradWeights<Method> {
    let sum = WinogradWeights<Method>(inputs: inputs, outputs: outputs)
    guard isSmall else {
      let (input, output) = makeRoom(tiles: largeBlock)
      for start in stride(from: 0, to: tiles.count, by: largeBlock) {
        let count = min(tiles.count - start, largeBlock)
        run.forEachRange(count, grain: 8) { part, _ in
          input.transformInputs(x, tiles, part.moved(start), offset: part.lowerBound, edge: edge)
          output.transformOutputGradients(dy, tiles, part.moved(start), offset: part.lowerBound, edge: edge)
        }
        run.forEach(36) { frequency, _ in
          accumulate(
            frequency, input, output, count: count, isFirst: start == 0, in: sum, to: sum.memory.pointer)
        }
      }
      return sum
    }
    let partial = Tensor(uninitialized: [groups, sum.count])
    let rooms = makeRooms()
    let blocks = (tiles.count + block - 1) / block
    run.forEach(groups) { group, worker in
      let (input, output) = rooms[worker]
      let first = blocks * group / groups
      for part in first..<blocks * (group + 1) / groups where !run.interrupt.isRequested {
        let range = part * block..<min(tiles.count, (part + 1) * block)
        input.transformInputs(x, tiles, range, offset: 0, edge: edge)
        output.transformOutputGradients(dy, tiles, range, offset: 0, edge: edge)
        for frequency in 0..<36 {
          accumulate(
            frequency, input, output, count: range.count, isFirst: part == first, in: sum,
            to: partial.pointer + group * sum.count)
        }
      }
    }
    sum.memory.fill(0)
    addPartials(partial, to: sum.memory, run: run)
    return sum
  }

  private typealias Room = (input: WinogradBlock<Method>, output: WinogradBlock<Method>)

  private func makeRoom(tiles count: Int) -> Room {
    (WinogradBlock(channels: inputs, tiles: count), WinogradBlock(channels: outputs, tiles: count))
  }

  private func makeRooms() -> [Room] { (0..<run.workers.count).map { _ in makeRoom(tiles: block) } }

  /// `M = V·U` for one frequency of `count` tiles, by blocks that stay in the L1 cache.
  private func multiply(
    _ frequency: Int, _ input: WinogradBlock<Method>, _ weights: WinogradWeights<Method>,
    _ output: WinogradBlock<Method>, count: Int
  ) {
    let rows = count * WinogradBlock<Method>.copies(frequency)
    for start in stride(from: 0, to: rows, by: productRows) {
      for columns in 0..<output.panels.count {
        for terms in 0..<input.panels.count {
          gemm(
            m: min(productRows, rows - start), n: output.panels.used(columns), k: input.panels.used(terms),
            input.address(frequency, panel: terms) + start * input.panels.width, lda: input.panels.width,
            weights.memory.pointer + weights.offset(frequency, input: 64 * terms, panel: columns),
            ldb: weights.panels.width, beta: terms == 0 ? 0 : 1,
            output.address(frequency, panel: columns) + start * output.panels.width, ldc: output.panels.width)
        }
      }
    }
  }

  /// `dU = Vᵀ·dM` for one frequency of `count` tiles, or added to what is there.
  private func accumulate(
    _ frequency: Int, _ input: WinogradBlock<Method>, _ output: WinogradBlock<Method>, count: Int,
    isFirst: Bool,
    in weights: WinogradWeights<Method>, to sum: UnsafeMutablePointer<Float>
  ) {
    let rows = count * WinogradBlock<Method>.copies(frequency)
    for start in stride(from: 0, to: rows, by: productRows) {
      for columns in 0..<output.panels.count {
        for terms in 0..<input.panels.count {
          gemm(
            transposeA: true, m: input.panels.used(terms), n: output.panels.used(columns),
            k: min(productRows, rows - start),
            input.address(frequency, panel: terms) + start * input.panels.width, lda: input.panels.width,
            output.address(frequency, panel: columns) + start * output.panels.width, ldb: output.panels.width,
            beta: isFirst && start == 0 ? 0 : 1,
            sum + weights.offset(frequency, input: 64 * terms, panel: columns), ldc: weights.panels.width)
        }
      }
    }
  }
}

extension Range<Int> {
  fileprivate func moved(_ by: Int) -> Range<Int> { lowerBound + by..<upperBound + by }
}
