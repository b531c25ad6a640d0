import Figures
import FrontEnd
import Images
import Language
import Tensors

/// Pictures: one set of them, or what `load` gives, which has a `train` and a `test` part.
struct ImagesValue: Displayable {
  static let typeName = "images"

  /// The set that commands work on; the training part of what was loaded.
  let set: ImageSet
  /// Both parts, where there are two.
  let whole: DataSet?

  init(_ set: ImageSet) {
    self.set = set
    whole = nil
  }

  init(_ whole: DataSet) {
    set = whole.train
    self.whole = whole
  }

  var summary: String {
    let kind = "of \(set.size)×\(set.size) pixels"
    let classes =
      set.classes.isEmpty ? "no labels" : Format.counted(set.classes.count, "class")
    guard let whole else { return "\(set.name): \(Format.counted(set.count, "image")) \(kind), \(classes)" }
    let counts = whole.parts.map { Format.count($0.set.count) }.joined(separator: " + ")
    return "\(whole.name): " + counts + " images \(kind), \(classes)"
  }

  var memberNames: [String] {
    (whole?.parts.map(\.name) ?? []) + ["labels", "classes", "count", "size", "name"]
      + (whole == nil ? [] : ["note"])
  }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "train", "test", "validation": whole?.parts.first { $0.name == name }.map { ImagesValue($0.set) }
    case "note": whole.map { Text($0.notes.words) }
    case "labels": set.labels.map { labels in List(labels.map { Text(set.classes[$0]) }) }
    case "classes": List(set.classes.map { Text($0) })
    case "count": Number(Double(set.count))
    case "size": Number(Double(set.size))
    case "name": Text(whole?.name ?? set.name)
    default: nil
    }
  }

  /// Pictures by their places, which leave the classes as they are, or all of one class or several, which are then all classes there
  /// are: `few[3]`, `few["cat"]`, `few[["cat", "dog"]]`. Of what was loaded, classes are chosen in all parts.
  func element(at index: IndexValue) throws -> any Value {
    let chosen = try set.chosen(by: index, of: "image")
    guard let whole, index.texts != nil else { return ImagesValue(chosen.images) }
    return ImagesValue(whole.ofClasses(Set(chosen.images.classes)))
  }

  /// The classes, where pictures have labels.
  var keys: [String] { self.set.labels == nil ? [] : self.set.classes }

  func rich(_ session: Session) throws -> Rich {
    let text = summary
    guard set.count > 0 else { return Rich(text: text) }
    let figure = try Pictures.sample(of: set, perRow: 10, rows: 3, seed: session.seed)
    var rich = try Rich(figure, stop: session.stop)
    rich.text = text
    rich.html = "<div \(HTML.literal)>\(HTML.escaped(text))</div>"
    return rich
  }
}

/// Picture grids of image sets.
enum Pictures {
  static func bitmap(_ set: ImageSet, _ index: Int) throws -> Bitmap {
    try Bitmap(width: set.size, height: set.size, pixels: set.pixels(of: index))
  }

  /// The class of a picture, where it has one.
  static func caption(_ set: ImageSet, _ index: Int) -> String? {
    set.labels.map { set.classes[$0[index]] }
  }

  /// Some of the pictures, from all over the set; with labels, one column per class where that fits.
  static func sample(of set: ImageSet, perRow: Int, rows: Int, seed: UInt64) throws -> Figure {
    var random = RandomStream(seed: seed, name: "preview", indices: [])
    if let labels = set.labels, set.classes.count > 1, set.classes.count <= 12 {
      // By class: the few first of each class in a random order; sought in the first thousands only.
      var places = [[Int]](repeating: [], count: set.classes.count)
      for index in random.permutation(set.count).prefix(20_000) where places[labels[index]].count < rows {
        places[labels[index]].append(index)
      }
      let cells = try (0..<rows).flatMap { row in
        try places.map {
          row < $0.count ? PictureGrid.Picture(try bitmap(set, $0[row])) : PictureGrid.Picture(nil)
        }
      }
      return Figure(
        marks: [
          .pictures(PictureGrid(pictures: cells, columns: set.classes.count, columnTitles: set.classes))
        ])
    }
    let count = min(set.count, perRow * rows)
    let chosen = Array(random.permutation(set.count).prefix(count)).sorted()
    let pictures = try chosen.map { PictureGrid.Picture(try bitmap(set, $0)) }
    return Figure(marks: [.pictures(PictureGrid(pictures: pictures, columns: min(perRow, count)))])
  }
}

extension ImageSet {
  /// Result of an index: the images at positions, or all images of the named classes, which become the classes of the set.
  func chosen(by index: IndexValue, of noun: String) throws -> (places: [Int], images: ImageSet) {
    guard let wanted = index.texts else {
      let places = try index.positions(in: count, of: noun)
      return (places, subset(places))
    }
    guard labels != nil else {
      throw Problem("`\(name)` has no labels, so nothing of it can be chosen by class", kind: .wrongType)
    }
    let chosen = ofClasses(Set(try index.places(among: classes, of: "class") ?? []))
    guard !chosen.places.isEmpty else {
      throw Problem(
        "`\(name)` holds no image of the class \(wanted.joined(separator: ", "))", kind: .badValue)
    }
    return chosen
  }
}
