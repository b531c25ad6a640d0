import Base
import Tensors

/// Reasons why there is no such set of images, or why no such part of one, which is given by its name.
public enum ImageSetError: Error, Equatable {
  case bytes(Int, size: Int)
  case labels(Int, images: Int)
  case label(Int, classes: Int)
  case size(Int)
  case noneToDraw(String)
  case sample(Int, of: Int)
  /// A draw by class from images without labels.
  case unlabelled(String)
  /// So many of each class are to be drawn from a set, and these classes have only so many.
  case perClass(Int, String, few: [String], counts: [Int])
  case share(Double)
  case indivisible(String, count: Int)
  case emptyPart(Double, count: Int)
}

/// Labelled pictures of one size.
///
/// Pixels are RGB bytes `[image, row, column, channel]`. An image set is a value: a subset shares its pixels with the
/// set it came from and keeps only a list of places, so sampling and splitting cost next to nothing.
public struct ImageSet: Sendable {
  public let name: String
  /// The side of every picture in pixels; pictures are square.
  public let size: Int
  /// One class number per picture, or nil where the pictures came without labels.
  public let labels: [Int]?
  /// The names of the classes, by number.
  public let classes: [String]

  /// Whether the images are views, as made by `pairs`: a label is then the number of the view's image.
  public let areViews: Bool

  private let store: PixelStore
  /// Indices of the images in the store, in order; nil for all of them.
  private let places: [Int]?

  public var count: Int { places?.count ?? store.count }

  init(
    name: String, store: PixelStore, places: [Int]? = nil, labels: [Int]?, classes: [String],
    areViews: Bool = false
  ) {
    precondition(labels == nil || labels!.count == places?.count ?? store.count, "one label for each image")
    self.name = name
    size = store.size
    self.store = store
    self.places = places
    self.labels = labels
    self.classes = classes
    self.areViews = areViews
  }

  /// A set of pictures that are at hand as bytes, `[count, size, size, 3]`; none give an empty set.
  /// Throws if their number does not fit the size and labels, or a label names no class.
  public init(
    name: String, pixels: [UInt8], size: Int, labels: [Int]?, classes: [String], areViews: Bool = false
  ) throws {
    guard size > 0, pixels.count % (size * size * 3) == 0 else {
      throw ImageSetError.bytes(pixels.count, size: size)
    }
    let store = try PixelStore(count: pixels.count / (size * size * 3), size: size)
    guard labels == nil || labels!.count == store.count else {
      throw ImageSetError.labels(labels!.count, images: store.count)
    }
    if let stray = labels?.first(where: { !classes.indices.contains($0) }) {
      throw ImageSetError.label(stray, classes: classes.count)
    }
    pixels.withUnsafeBufferPointer { bytes in
      if let first = bytes.baseAddress { store.address.update(from: first, count: bytes.count) }
    }
    self.init(name: name, store: store, labels: labels, classes: classes, areViews: areViews)
  }

  /// Calls `body` with the RGB bytes of one picture, `size * size * 3` of them, row by row.
  public func withPixels<Result>(of index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result)
    rethrows
    -> Result
  {
    try body(UnsafeBufferPointer(start: address(of: index), count: store.stride))
  }

  /// A copy of the RGB bytes of one picture.
  public func pixels(of index: Int) -> [UInt8] { withPixels(of: index) { Array($0) } }

  /// Valid as long as this set is.
  package func address(of index: Int) -> UnsafePointer<UInt8> {
    precondition(index >= 0 && index < count, "image \(index) of \(count)")
    return UnsafePointer(store.picture(places?[index] ?? index))
  }

  /// Groups of images that are equal pixel by pixel. Throws `Interrupted`.
  public func equalPictures(run: Run) throws -> EqualRows {
    try EqualRows(count, bytes: store.stride, run: run) { UnsafeRawPointer(address(of: $0)) }
  }

  /// The pictures at `indices`, in that order; they share their pixels with this set.
  public func subset(_ indices: [Int], name: String? = nil) -> ImageSet {
    precondition(indices.allSatisfy { $0 >= 0 && $0 < count }, "an index outside 0..<\(count)")
    return ImageSet(
      name: name ?? self.name, store: store,
      places: places.map { places in indices.map { places[$0] } } ?? indices,
      labels: labels.map { labels in indices.map { labels[$0] } }, classes: classes, areViews: areViews)
  }

  public func subset(_ range: Range<Int>, name: String? = nil) -> ImageSet {
    subset(Array(range), name: name)
  }

  /// This set under another name.
  public func named(_ name: String) -> ImageSet {
    ImageSet(name: name, store: store, places: places, labels: labels, classes: classes, areViews: areViews)
  }

  /// The pictures of the classes with these numbers, which become the classes of the set in their order; and where they were.
  public func ofClasses(_ chosen: Set<Int>) -> (places: [Int], images: ImageSet) {
    let kept = classes.indices.filter(chosen.contains)
    let places = (labels ?? []).indices.filter { chosen.contains(labels?[$0] ?? -1) }
    let images = subset(places).renumbered(to: kept.map { classes[$0] })
    return (places, images ?? subset(places))
  }

  /// This set with its classes renumbered, by name, as in `classes`; nil if one of them is missing there.
  public func renumbered(to classes: [String]) -> ImageSet? {
    guard let labels, classes != self.classes else { return self }
    var places: [String: Int] = [:]
    for (place, name) in classes.enumerated() { places[name] = place }
    let numbers = self.classes.map { places[$0] }
    let found = labels.compactMap { numbers[$0] }
    guard found.count == labels.count else { return nil }
    return ImageSet(
      name: name, store: store, places: self.places, labels: found, classes: classes, areViews: areViews)
  }

  /// The classes that pictures are of, in their order.
  public var presentClasses: [String] {
    let present = Set(labels ?? [])
    return classes.indices.filter(present.contains).map { classes[$0] }
  }

  /// Number of images of each class; empty without labels.
  public var classCounts: [Int] {
    guard let labels else { return [] }
    var counts = [Int](repeating: 0, count: classes.count)
    for label in labels { counts[label] += 1 }
    return counts
  }
}

/// Pictures to learn from and pictures to judge by: what `load` gives.
public struct DataSet: Sendable {
  public let name: String
  public let train: ImageSet
  public let test: ImageSet
  /// Pictures to choose settings by, where the data come with such a part.
  public let validation: ImageSet?
  /// Origin of the images: a path, an address, "generated from seed 1".
  public let source: String
  /// Remarks for the reader: how a folder was read and what was left out, or that a copy is not the official one.
  public let notes: [DataNote]

  public init(
    name: String, train: ImageSet, test: ImageSet, validation: ImageSet? = nil, source: String,
    notes: [DataNote] = []
  ) {
    self.name = name
    self.train = train
    self.test = test
    self.validation = validation
    self.source = source
    self.notes = notes
  }

  /// The parts, under the names of the members.
  public var parts: [(name: String, set: ImageSet)] {
    [("train", train), ("test", test)] + (validation.map { [("validation", $0)] } ?? [])
  }

  public var classes: [String] { train.classes }
  public var size: Int { train.size }

  /// All parts at another size.
  public func resized(to size: Int, run: Run) throws -> DataSet {
    try DataSet(
      name: name, train: train.resized(to: size, run: run), test: test.resized(to: size, run: run),
      validation: validation?.resized(to: size, run: run), source: source, notes: notes)
  }

  /// The pictures of the classes with these names, in all parts.
  public func ofClasses(_ chosen: Set<String>) -> DataSet {
    func part(_ set: ImageSet) -> ImageSet {
      set.ofClasses(Set(set.classes.indices.filter { chosen.contains(set.classes[$0]) })).images
    }
    return DataSet(
      name: name, train: part(train), test: part(test), validation: validation.map(part), source: source,
      notes: notes)
  }

  /// A copy with other notes.
  func with(notes: [DataNote]) -> DataSet {
    DataSet(name: name, train: train, test: test, validation: validation, source: source, notes: notes)
  }
}
