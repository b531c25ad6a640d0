import Tensors

/// Patches of each image of a batch that are looked at, in ascending order, as many of each image: the others are hidden.
public struct VisiblePatches: Sendable {
  /// Patches of an image, and how many of them are looked at.
  public let count: Int
  public let visible: Int
  /// Numbers of the visible patches, image after image.
  let places: [Int]

  public var images: Int { places.count / visible }

  /// - Parameter places: visible patches of each image.
  public init(_ places: [[Int]], of count: Int) {
    precondition(
      places.allSatisfy {
        $0.count == places[0].count && !$0.isEmpty && $0 == $0.sorted() && $0.allSatisfy((0..<count).contains)
      }, "as many patches of each image")
    (self.count, visible) = (count, places[0].count)
    self.places = places.flatMap { $0 }
  }

  /// Drawn anew for each image, each patch as likely as the others.
  public init(images: Int, visible: Int, of count: Int, random: inout RandomStream) {
    self.init(
      (0..<images).map { _ in random.permutation(count)[..<visible].sorted() }, of: count)
  }

  /// Whether each patch is hidden, image after image.
  public var isHidden: [Bool] {
    var hidden = [Bool](repeating: true, count: images * count)
    for (number, place) in places.enumerated() { hidden[number / visible * count + place] = false }
    return hidden
  }

  /// Place among all tokens of an image's token that is seen: the class token first, then the visible patches.
  func position(_ number: Int, of image: Int) -> Int {
    number == 0 ? 0 : places[image * visible + number - 1] + 1
  }

  /// Rows of visible patches among those of all patches of all images.
  var rows: [Int] { places.indices.map { $0 / visible * count + places[$0] } }

  /// Numbers of the visible patches as a tape keeps them, `[n, visible]`.
  public var asTensor: Tensor { Tensor([images, visible], places.map(Float.init)) }

  public init(_ tensor: Tensor, of count: Int) {
    (self.count, visible) = (count, tensor.shape[1])
    places = tensor.elements.map { Int($0) }
  }
}
