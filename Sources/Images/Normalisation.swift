import Tensors

/// Normalisation of each channel before a network: `(x − mean) / deviation`, with x in 0…1.
public struct Normalisation: Sendable, Equatable, Codable {
  /// Three numbers, for red, green and blue.
  public let mean: [Float]
  public let deviation: [Float]

  /// A channel that never changes has a deviation of 0: it is divided by 1 instead.
  public init(mean: [Float], deviation: [Float]) {
    precondition(mean.count == 3 && deviation.count == 3, "three channels")
    self.mean = mean
    self.deviation = deviation.map { $0 > 1e-6 ? $0 : 1 }
  }

  /// Whether the numbers can be a mean and a deviation of values in 0…1, whatever program gives them.
  public var isPlausible: Bool {
    mean.allSatisfy { abs($0) <= 1e6 } && deviation.allSatisfy { (1e-6...1e6).contains($0) }
  }

  /// The normalisation by the images' own statistics. Throws `Interrupted`.
  public init(of set: ImageSet, run: Run) throws {
    let statistics = try set.channelStatistics(run)
    self.init(mean: statistics.mean, deviation: statistics.deviation)
  }

  public static let none = Normalisation(mean: [0, 0, 0], deviation: [1, 1, 1])
  public static let half = Normalisation(mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5])
  public static let imagenet = Normalisation(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
  public static let cifar10 = Normalisation(
    mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616])

  /// `x · scale + shift` is the normalised x.
  var scale: SIMD3<Float> { SIMD3(1 / deviation[0], 1 / deviation[1], 1 / deviation[2]) }
  var shift: SIMD3<Float> { SIMD3(-mean[0], -mean[1], -mean[2]) * scale }
}

extension ImageSet {
  /// Mean and standard deviation of each channel over every pixel of the set, in 0…1.
  ///
  /// Sums are of whole numbers, so they are exact and the number of workers changes nothing. Throws `Interrupted`.
  public func channelStatistics(_ run: Run) throws -> (mean: [Float], deviation: [Float]) {
    let area = size * size
    let grain = max(1, 200_000 / area)
    let parts = (count + grain - 1) / grain
    var sums = [UInt64](repeating: 0, count: max(1, parts) * 6)
    try sums.withUnsafeMutableBufferPointer { sums in
      nonisolated(unsafe) let sums = sums
      try run.forEachRange(count, grain: grain) { range, _ in
        var sum = SIMD4<UInt64>.zero
        var squares = SIMD4<UInt64>.zero
        for index in range {
          let (pictureSum, pictureSquares) = channelSums(address(of: index), area: area)
          sum &+= pictureSum
          squares &+= pictureSquares
        }
        for channel in 0..<3 {
          sums[range.lowerBound / grain * 6 + channel] = sum[channel]
          sums[range.lowerBound / grain * 6 + 3 + channel] = squares[channel]
        }
      }
    }
    let pixels = Double(max(1, count * area))
    var mean: [Float] = []
    var deviation: [Float] = []
    for channel in 0..<3 {
      var sum: UInt64 = 0
      var squares: UInt64 = 0
      for part in 0..<parts {
        sum += sums[part * 6 + channel]
        squares += sums[part * 6 + 3 + channel]
      }
      let middle = Double(sum) / pixels
      mean.append(Float(middle / 255))
      deviation.append(Float(max(0, Double(squares) / pixels - middle * middle).squareRoot() / 255))
    }
    return (mean, deviation)
  }
}

private func channelSums(_ pixels: UnsafePointer<UInt8>, area: Int) -> (SIMD4<UInt64>, SIMD4<UInt64>) {
  var sum = SIMD4<UInt64>.zero
  var squares = SIMD4<UInt64>.zero
  var at = 0
  while at < area {
    // 32-bit sums hold 65,536 squares of a byte.
    let end = min(area, at + 65_536)
    var partSum = SIMD4<UInt32>.zero
    var partSquares = SIMD4<UInt32>.zero
    for pixel in at..<end {
      let value = SIMD4(
        UInt32(pixels[3 * pixel]), UInt32(pixels[3 * pixel + 1]), UInt32(pixels[3 * pixel + 2]), 0)
      partSum &+= value
      partSquares &+= value &* value
    }
    sum &+= SIMD4(truncatingIfNeeded: partSum)
    squares &+= SIMD4(truncatingIfNeeded: partSquares)
    at = end
  }
  return (sum, squares)
}
