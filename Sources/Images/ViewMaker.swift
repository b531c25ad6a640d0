import Glibc
import Tensors

/// Applies augmentations to one picture after another, in scratch memory of its own: one for each worker.
final class ViewMaker {
  private let resampler = Resampler()
  private let firstScratch = Scratch()
  private let secondScratch = Scratch()
  private let lineScratch = Scratch()

  /// The picture as planes of `side × side`, and as much room again.
  private var planes: UnsafeMutablePointer<Float>
  private var spare: UnsafeMutablePointer<Float>
  /// Side of the picture; 0 while it still is the bytes it came as.
  private var side = 0
  private let outputSide: Int

  /// Makes views of `outputSide × outputSide` from pictures of `size × size`.
  init(size: Int, outputSide: Int) {
    self.outputSide = outputSide
    let most = 3 * planeStride(max(size, outputSide))
    planes = firstScratch.reserve(most)
    spare = secondScratch.reserve(most)
    planes.update(repeating: 0, count: most)
    spare.update(repeating: 0, count: most)
  }

  /// Makes one view of RGB bytes `[size, size, 3]`, to be taken away by `write`.
  func make(
    _ augmentation: Augmentation, of bytes: UnsafePointer<UInt8>, size: Int, random: inout RandomStream
  ) {
    side = 0
    let picture = Picture(bytes: bytes, size: size)
    apply(augmentation, picture, &random)
    let now = side == 0 ? size : side
    if now != outputSide {
      crop(picture, Region(top: 0, left: 0, height: now, width: now))
    } else {
      load(picture)
    }
  }

  /// The view as interleaved Float32, `x · scale + shift`.
  func write(scale: SIMD3<Float>, shift: SIMD3<Float>, to out: UnsafeMutablePointer<Float>) {
    let stride = planeStride(outputSide)
    let (r, g, b) = (planes, planes + stride, planes + 2 * stride)
    for i in 0..<outputSide * outputSide {
      out[3 * i] = r[i] * scale.x + shift.x
      out[3 * i + 1] = g[i] * scale.y + shift.y
      out[3 * i + 2] = b[i] * scale.z + shift.z
    }
  }

  /// The view as interleaved bytes.
  func write(to bytes: UnsafeMutablePointer<UInt8>) { writeBytes(planes, side: outputSide, to: bytes) }

  private struct Picture {
    let bytes: UnsafePointer<UInt8>
    let size: Int
  }

  private func apply(_ augmentation: Augmentation, _ picture: Picture, _ random: inout RandomStream) {
    switch augmentation {
    case .none: break
    case .crop(let scale, let ratio):
      let now = side == 0 ? picture.size : side
      crop(picture, Region.random(of: now, scale: scale, ratio: ratio, &random))
    case .flip(let chance):
      guard random.happens(chance) else { break }
      load(picture)
      flip()
    case .jitter(let brightness, let contrast, let saturation, let hue, let chance):
      guard random.happens(chance) else { break }
      load(picture)
      jitter(brightness, contrast, saturation, hue, &random)
    case .normalised(let jitter):
      guard case .jitter(let brightness, let contrast, let saturation, let hue, let chance) = jitter,
        random.happens(chance)
      else { break }
      load(picture)
      normalise(Planes(planes, side: side), .cifar10)
      self.jitter(brightness, contrast, saturation, hue, &random)
      clampAndRestore(Planes(planes, side: side), .cifar10)
    case .grey(let chance):
      guard random.happens(chance) else { break }
      load(picture)
      makeGrey(Planes(planes, side: side))
    case .blur(let sigma, let chance):
      guard random.happens(chance) else { break }
      load(picture)
      blur(sigma: random.uniform(sigma.lowerBound, sigma.upperBound))
    case .solarise(let threshold, let chance):
      guard random.happens(chance) else { break }
      load(picture)
      solarise(Planes(planes, side: side), from: threshold)
    case .pad(let margin):
      load(picture)
      let (down, right) = (random.integer(below: 2 * margin + 1), random.integer(below: 2 * margin + 1))
      move(down: down - margin, right: right - margin)
    case .sequence(let steps):
      for step in steps { apply(step, picture, &random) }
    case .either(let choices):
      guard !choices.isEmpty else { break }
      apply(choices[random.integer(below: choices.count)], picture, &random)
    case .asymmetric: apply(augmentation.recipe(ofView: 0), picture, &random)
    }
  }

  /// Turns bytes into planes of the same size; nothing if that was done.
  private func load(_ picture: Picture) {
    guard side == 0 else { return }
    side = picture.size
    let stride = planeStride(side)
    let bytes = picture.bytes
    for i in 0..<side * side {
      planes[i] = Float(bytes[3 * i]) * (1 / 255)
      planes[i + stride] = Float(bytes[3 * i + 1]) * (1 / 255)
      planes[i + 2 * stride] = Float(bytes[3 * i + 2]) * (1 / 255)
    }
  }

  private func crop(_ picture: Picture, _ region: Region) {
    if side == 0 {
      resampler.resize(picture.bytes, width: picture.size, region: region, to: outputSide, into: planes)
    } else {
      resampler.resize(planes, width: side, region: region, to: outputSide, into: spare)
      swap(&planes, &spare)
    }
    side = outputSide
  }

  /// Moves the picture; what comes in from outside is black.
  private func move(down: Int, right: Int) {
    for channel in 0..<3 {
      let start = channel * planeStride(side)
      for y in 0..<side {
        for x in 0..<side {
          let (row, column) = (y - down, x - right)
          let isInside = row >= 0 && row < side && column >= 0 && column < side
          spare[start + y * side + x] = isInside ? planes[start + row * side + column] : 0
        }
      }
    }
    swap(&planes, &spare)
  }

  private func flip() {
    for channel in 0..<3 {
      for y in 0..<side {
        let row = planes + channel * planeStride(side) + y * side
        for x in 0..<side / 2 {
          let left = row[x]
          row[x] = row[side - 1 - x]
          row[side - 1 - x] = left
        }
      }
    }
  }

  private func jitter(
    _ brightness: Float, _ contrast: Float, _ saturation: Float, _ hue: Float, _ random: inout RandomStream
  ) {
    let picture = Planes(planes, side: side)
    var order = SIMD4<UInt8>(0, 1, 2, 3)
    for last in stride(from: 3, to: 0, by: -1) {
      let other = random.integer(below: last + 1)
      (order[last], order[other]) = (order[other], order[last])
    }
    for place in 0..<4 {
      switch order[place] {
      case 0 where brightness > 0: adjustBrightness(picture, random.factor(brightness))
      case 1 where contrast > 0: adjustContrast(picture, random.factor(contrast))
      case 2 where saturation > 0: adjustSaturation(picture, random.factor(saturation))
      case 3 where hue > 0: adjustHue(picture, random.uniform(-hue, hue))
      default: break
      }
    }
  }

  private func blur(sigma: Float) {
    guard side > 1 else { return }
    let window = blurWindow(side, sigma: sigma)
    let line = lineScratch.reserve(side + 2 * window)
    for channel in 0..<3 {
      Images.blur(
        planes + channel * planeStride(side), side: side, sigma: sigma, window: window, spare: spare,
        line: line,
        weights: line + side + window)
    }
  }
}

/// Window of a blur in pixels, an odd number: about a tenth of the side, which is SimCLR's rule, or three sigma to each side if
/// that is more, but no more than the image. At 224 pixels and SimCLR's sigma up to 2 the rule decides.
package func blurWindow(_ side: Int, sigma: Float) -> Int {
  let tenth = max(3, side / 10 / 2 * 2 + 1)
  let reach = min(Float(side - 1), (3 * sigma).rounded(.up))
  return max(min(tenth, 2 * side - 1), 2 * Int(reach) + 1)
}

extension RandomStream {
  /// A factor around 1 as `ColorJitter` draws it.
  fileprivate mutating func factor(_ strength: Float) -> Float { uniform(max(0, 1 - strength), 1 + strength) }
}

extension Region {
  /// The part of a square picture that `RandomResizedCrop` keeps: ten tries to find one that fits, else the largest
  /// part in the middle whose shape is allowed.
  package static func random(
    of side: Int, scale: ClosedRange<Float>, ratio: ClosedRange<Float>, _ random: inout RandomStream
  ) -> Region {
    let area = Float(side * side)
    let shape = log(ratio.lowerBound)...max(log(ratio.lowerBound), log(ratio.upperBound))
    for _ in 0..<10 {
      let target = area * random.uniform(scale.lowerBound, scale.upperBound)
      let aspect = exp(random.uniform(shape.lowerBound, shape.upperBound))
      let width = (target * aspect).squareRoot().rounded(.toNearestOrEven)
      let height = (target / aspect).squareRoot().rounded(.toNearestOrEven)
      guard width >= 1, height >= 1, width <= Float(side), height <= Float(side) else { continue }
      let (w, h) = (Int(width), Int(height))
      let top = random.integer(below: side - h + 1)
      return Region(top: top, left: random.integer(below: side - w + 1), height: h, width: w)
    }
    return middle(of: side, ratio: ratio)
  }

  package static func middle(of side: Int, ratio: ClosedRange<Float>) -> Region {
    var (width, height) = (side, side)
    if ratio.lowerBound > 1 {
      height = max(1, Int((Float(side) / ratio.lowerBound).rounded(.toNearestOrEven)))
    } else if ratio.upperBound < 1 {
      width = max(1, Int((Float(side) * max(0, ratio.upperBound)).rounded(.toNearestOrEven)))
    }
    return Region(top: (side - height) / 2, left: (side - width) / 2, height: height, width: width)
  }
}
