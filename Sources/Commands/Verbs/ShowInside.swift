import Figures
import Images
import Language
import Tensors

// What `show attention` and `show similarity` share: images that the network sees, under one scale of colours.

/// `count` of the images at random, in their order. Throws where there are none.
func chosenImages(
  _ images: ImagesValue, count: Int, seed: UInt64, about option: String
) throws -> ImageSet {
  let set = images.set
  guard set.count > 0 else {
    throw Problem("there is no image to show", about: option)
  }
  var random = RandomStream(seed: seed, name: "show", indices: [])
  return set.subset(Array(random.permutation(set.count).prefix(count)).sorted())
}

/// Pictures one after the other, `[n, side, side, 3]`.
func cut(_ bytes: [UInt8], side: Int) throws -> [Bitmap] {
  let length = side * side * 3
  return try stride(from: 0, to: bytes.count, by: length).map {
    try Bitmap(width: side, height: side, pixels: Array(bytes[$0..<$0 + length]))
  }
}

/// Sentence on values above the scale, where there are any.
func above(_ values: [Double]) -> String {
  let high = brightest(values)
  return (values.max() ?? 0) > high
    ? " The brightest colour stands for \(Format.decimal(high, 1)) or more." : ""
}

/// The value at the bright end of a scale: so high that one place in a hundred lies above it, or a few single places would leave all others dark.
func brightest(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
}
