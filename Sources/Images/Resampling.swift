import Base
import Glibc
import Tensors

/// A rectangle of pixels.
package struct Region: Equatable, Sendable {
  package var top: Int
  package var left: Int
  package var height: Int
  package var width: Int

  package init(top: Int, left: Int, height: Int, width: Int) {
    self.top = top
    self.left = left
    self.height = height
    self.width = width
  }
}

/// Resizes parts of pictures to squares by a triangle filter: bilinear when it enlarges, and when it shrinks the filter
/// grows with the step, so that every pixel counts (as Pillow's and torchvision's antialiased bilinear resize).
///
/// Holds the scratch memory of one worker and grows it as pictures ask for it.
package final class Resampler {
  package init() {}

  private var across = FilterTable()
  private var down = FilterTable()
  private var row = Scratch()

  /// Resizes `region` of interleaved RGB bytes with `width` pixels a row to three planes of `side × side`, in 0…1.
  package func resize(
    _ bytes: UnsafePointer<UInt8>, width: Int, region: Region, to side: Int,
    into planes: UnsafeMutablePointer<Float>
  ) {
    across.prepare(from: region.width, to: side)
    down.prepare(from: region.height, to: side)
    // One number more than the row: pixels are read four numbers at a time.
    let count = region.width * 3
    let line = row.reserve(count + 1)
    line[count] = 0
    let origin = bytes + (region.top * width + region.left) * 3
    let area = planeStride(side)
    for y in 0..<side {
      let first = down.starts[y]
      for tap in 0..<down.counts[y] {
        let weight = down.weights[y * down.stride + tap] * (1 / 255)
        let source = origin + (first + tap) * width * 3
        if tap == 0 {
          for i in 0..<count { line[i] = weight * Float(source[i]) }
        } else {
          for i in 0..<count { line[i] += weight * Float(source[i]) }
        }
      }
      let out = planes + y * side
      for x in 0..<side {
        var pixel = SIMD4<Float>.zero
        let start = UnsafeRawPointer(line + across.starts[x] * 3)
        for tap in 0..<across.counts[x] {
          pixel +=
            across.weights[x * across.stride + tap]
            * start.loadUnaligned(fromByteOffset: tap * 12, as: SIMD4<Float>.self)
        }
        out[x] = pixel.x
        out[x + area] = pixel.y
        out[x + 2 * area] = pixel.z
      }
    }
  }

  /// Like the above, for three planes of `width × width` that do not overlap the result.
  package func resize(
    _ source: UnsafePointer<Float>, width: Int, region: Region, to side: Int,
    into planes: UnsafeMutablePointer<Float>
  ) {
    across.prepare(from: region.width, to: side)
    down.prepare(from: region.height, to: side)
    let line = row.reserve(region.width)
    for channel in 0..<3 {
      let origin = source + channel * planeStride(width) + region.top * width + region.left
      for y in 0..<side {
        let first = down.starts[y]
        for tap in 0..<down.counts[y] {
          let weight = down.weights[y * down.stride + tap]
          let from = origin + (first + tap) * width
          if tap == 0 {
            for i in 0..<region.width { line[i] = weight * from[i] }
          } else {
            for i in 0..<region.width { line[i] += weight * from[i] }
          }
        }
        let out = planes + channel * planeStride(side) + y * side
        for x in 0..<side {
          let start = across.starts[x]
          var sum: Float = 0
          for tap in 0..<across.counts[x] {
            sum += across.weights[x * across.stride + tap] * line[start + tap]
          }
          out[x] = sum
        }
      }
    }
  }
}

/// Sources of every pixel of a resized row, and their weights.
private struct FilterTable {
  private var from = 0
  private var to = 0
  private var weightScratch = Scratch()
  private(set) var starts: [Int] = []
  private(set) var counts: [Int] = []
  /// Weights of one place lie `stride` apart from the next one's.
  private(set) var stride = 0
  private(set) var weights = UnsafeMutablePointer<Float>(bitPattern: 64)!

  mutating func prepare(from: Int, to: Int) {
    if from == self.from && to == self.to { return }
    self.from = from
    self.to = to
    if starts.count < to {
      starts = [Int](repeating: 0, count: to)
      counts = starts
    }
    let scale = Float(from) / Float(to)
    let reach = max(1, scale)
    stride = 2 * Int(reach.rounded(.up)) + 1
    weights = weightScratch.reserve(to * stride)
    for place in 0..<to {
      let centre = (Float(place) + 0.5) * scale
      let start = max(0, Int(centre - reach + 0.5))
      let end = min(from, Int(centre + reach + 0.5))
      var sum: Float = 0
      for tap in start..<end {
        let weight = max(0, 1 - abs((Float(tap) - centre + 0.5) / reach))
        weights[place * stride + tap - start] = weight
        sum += weight
      }
      for tap in 0..<end - start { weights[place * stride + tap] /= sum }
      starts[place] = start
      counts[place] = end - start
    }
  }
}

/// Float32 scratch memory that grows and is freed with its owner.
final class Scratch {
  private var address: UnsafeMutablePointer<Float>?
  private var capacity = 0

  func reserve(_ count: Int) -> UnsafeMutablePointer<Float> {
    if let address, count <= capacity { return address }
    address?.deallocate()
    capacity = max(count, 2 * capacity, 64)
    address = .allocate(capacity: capacity)
    return address!
  }

  deinit { address?.deallocate() }
}

extension ImageSet {
  /// This set resized with antialiasing; a set that has that size already is returned unchanged.
  public func resized(to size: Int, run: Run) throws -> ImageSet {
    guard size > 0 else { throw ImageSetError.size(size) }
    if size == self.size { return self }
    let store = try PixelStore(count: count, size: size)
    let scratch = (0..<run.workers.count).map { _ in (resampler: Resampler(), planes: Scratch()) }
    let whole = Region(top: 0, left: 0, height: self.size, width: self.size)
    try run.forEach(count) { index, worker in
      let planes = scratch[worker].planes.reserve(3 * planeStride(size))
      scratch[worker].resampler.resize(
        address(of: index), width: self.size, region: whole, to: size, into: planes)
      writeBytes(planes, side: size, to: store.picture(index))
    }
    return ImageSet(name: name, store: store, labels: labels, classes: classes)
  }
}

/// Distance between the planes of an image: their length, rounded up to whole vectors of eight.
package func planeStride(_ side: Int) -> Int { (side * side + 7) / 8 * 8 }

/// Three planes in 0…1 as interleaved bytes, rounded.
func writeBytes(_ planes: UnsafePointer<Float>, side: Int, to bytes: UnsafeMutablePointer<UInt8>) {
  let stride = planeStride(side)
  for i in 0..<side * side {
    for channel in 0..<3 {
      bytes[3 * i + channel] = UInt8(min(255, max(0, planes[channel * stride + i] * 255 + 0.5)))
    }
  }
}
