import Tensors

extension Augmentation {
  /// Makes one view of RGB bytes `[size, size, 3]` as Float32 in 0…1, `[outputSize, outputSize, 3]`.
  public func apply(
    to pixels: UnsafeBufferPointer<UInt8>, size: Int, outputSize: Int, random: inout RandomStream,
    into out: UnsafeMutablePointer<Float>
  ) {
    precondition(size > 0 && outputSize > 0 && pixels.count == size * size * 3, "a square RGB image")
    let maker = ViewMaker(size: size, outputSide: outputSize)
    maker.make(self, of: pixels.baseAddress!, size: size, random: &random)
    maker.write(scale: .one, shift: .zero, to: out)
  }
}

/// Change of finished views besides augmentation, and its parameter to predict: by how many quarters a view was turned, in which
/// order the tiles of an image lie.
public enum ViewTask: Sendable {
  /// Pixels of a normalised view, `[side, side, 3]`.
  public typealias Pixels = UnsafeMutableBufferPointer<Float>

  /// Changes each view and returns its answer, which is drawn from `random` or follows from the view's number.
  case each(
    @Sendable (_ view: Pixels, _ side: Int, _ number: Int, _ random: inout RandomStream) -> Int)
  /// Makes all views of an image from a single one of the side `from`, and returns the one answer of the image.
  case together(
    from: Int, @Sendable (_ whole: Pixels, _ views: [Pixels], _ random: inout RandomStream) -> Int)
}

/// Views of the pictures at `indices`, for one step of training: `[views · n, outputSize, outputSize, 3]`, normalised, and the
/// answers of their task where there is one: one for each view, or for each picture where its views are made together.
///
/// All first views come before all second views. The random numbers of a view depend on the run's seed, the epoch, the
/// picture's index in `set` and the view's number alone: the same seed gives the same views for any number of workers
/// and any order of `indices`. `outputSize` is the pictures' own size where none is given. Throws `Interrupted`.
public func views(
  of set: ImageSet, indices: [Int], epoch: Int, numbers: Range<Int>, with augmentation: Augmentation,
  task: ViewTask? = nil, outputSize: Int? = nil, normalisation: Normalisation, run: Run
) throws -> (pixels: Tensor, answers: [Int]?) {
  let side = outputSize ?? set.size
  let tensor = Tensor(uninitialized: [numbers.count * indices.count, side, side, 3])
  let (scale, shift) = (normalisation.scale, normalisation.shift)
  let length = side * side * 3
  func view(_ place: Int) -> ViewTask.Pixels {
    ViewTask.Pixels(start: tensor.pointer + place * length, count: length)
  }
  guard case .together(let from, let split) = task else {
    let answers = task.map { _ in Tensor([numbers.count * indices.count]) }
    try makeViews(of: set, indices, epoch, numbers, augmentation, side, run) { maker, place, number, random in
      maker.write(scale: scale, shift: shift, to: tensor.pointer + place * length)
      guard case .each(let change) = task, let answers else { return }
      answers.pointer[place] = Float(change(view(place), side, number, &random))
    }
    return (tensor, answers?.elements.map { Int($0) })
  }
  let answers = Tensor([indices.count])
  let one = numbers.lowerBound..<numbers.lowerBound + 1
  try makeViews(of: set, indices, epoch, one, augmentation, from, run) { maker, place, _, random in
    let whole = Tensor(uninitialized: [from, from, 3])
    maker.write(scale: scale, shift: shift, to: whole.pointer)
    let views = numbers.indices.map { view(($0 - numbers.lowerBound) * indices.count + place) }
    answers.pointer[place] = Float(
      split(ViewTask.Pixels(start: whole.pointer, count: whole.count), views, &random))
  }
  return (tensor, answers.elements.map { Int($0) })
}

/// Like the above, of the views 0 to `count`.
public func views(
  of set: ImageSet, indices: [Int], epoch: Int, views count: Int = 2, with augmentation: Augmentation,
  outputSize: Int? = nil, normalisation: Normalisation, run: Run
) throws -> Tensor {
  try views(
    of: set, indices: indices, epoch: epoch, numbers: 0..<count, with: augmentation, outputSize: outputSize,
    normalisation: normalisation, run: run
  ).pixels
}

/// Normalised views `[n, side, side, 3]` as RGB bytes; what lies outside 0…1 is cut off.
public func bytes(of views: Tensor, normalisedBy normalisation: Normalisation) -> [UInt8] {
  (0..<views.count).map { at in
    let value = views.pointer[at] * normalisation.deviation[at % 3] + normalisation.mean[at % 3]
    return UInt8((min(max(value, 0), 1) * 255).rounded())
  }
}

/// Throws where the bytes of `pictures` would not fit in the memory that is free.
public func askForPictures(_ count: Int, size: Int) throws(PixelStoreError) {
  // Twice: once as bytes, and once in what is made of them.
  try PixelStore.ask(for: count, size: size, copies: 2)
}

/// The views as RGB bytes before normalisation, `[views · n, outputSize, outputSize, 3]`, for display.
/// Throws `Interrupted`.
public func pictures(
  of set: ImageSet, indices: [Int], epoch: Int, views count: Int = 2, with augmentation: Augmentation,
  outputSize: Int? = nil, run: Run
) throws -> [UInt8] {
  let side = outputSize ?? set.size
  var bytes = [UInt8](repeating: 0, count: count * indices.count * side * side * 3)
  try bytes.withUnsafeMutableBufferPointer { bytes in
    guard let address = bytes.baseAddress else { return }
    nonisolated(unsafe) let start = address
    try makeViews(of: set, indices, epoch, 0..<count, augmentation, side, run) { maker, place, _, _ in
      maker.write(to: start + place * side * side * 3)
    }
  }
  return bytes
}

private func makeViews(
  of set: ImageSet, _ indices: [Int], _ epoch: Int, _ numbers: Range<Int>, _ augmentation: Augmentation,
  _ side: Int, _ run: Run,
  _ keep: (ViewMaker, _ place: Int, _ number: Int, _ random: inout RandomStream) -> Void
) throws {
  precondition(side > 0 && numbers.lowerBound >= 0, "views have a size")
  let recipes = numbers.map { augmentation.recipe(ofView: $0) }
  let makers = (0..<run.workers.count).map { _ in ViewMaker(size: set.size, outputSide: side) }
  // Small pictures a few at a time, so that handing them out costs little beside making them.
  let grain = max(1, 8192 / (side * side))
  try run.forEachRange(numbers.count * indices.count, grain: grain) { range, worker in
    for place in range {
      let (view, index) = (numbers.lowerBound + place / indices.count, indices[place % indices.count])
      var random = run.random("augment", epoch, index, view)
      makers[worker].make(
        recipes[place / indices.count], of: set.address(of: index), size: set.size, random: &random)
      keep(makers[worker], place, view, &random)
    }
  }
}

extension ImageSet {
  /// The pictures at `indices` as they are: `[n, outputSize, outputSize, 3]`, normalised.
  public func tensor(
    _ indices: [Int], normalisation: Normalisation, outputSize: Int? = nil, run: Run
  ) throws -> Tensor {
    try views(
      of: self, indices: indices, epoch: 0, views: 1, with: .none, outputSize: outputSize,
      normalisation: normalisation, run: run)
  }

  public func tensor(
    _ range: Range<Int>, normalisation: Normalisation, outputSize: Int? = nil, run: Run
  ) throws -> Tensor {
    try tensor(Array(range), normalisation: normalisation, outputSize: outputSize, run: run)
  }

  /// The whole set as rows of numbers, `[count, size · size · 3]`: what a probe of raw pixels sees.
  public func asRows(normalisation: Normalisation = .none, run: Run) throws -> Tensor {
    try tensor(0..<count, normalisation: normalisation, run: run).reshaped([count, size * size * 3])
  }
}
