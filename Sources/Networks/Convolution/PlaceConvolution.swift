import Base
import Tensors

/// A convolution of images with very few places: one matrix product over channels for each pair of an output place and an
/// input place that it sees, `Y_p = Σ_q X_q·W_(q−p)`.
///
/// At 2×2 places most of a 3×3 kernel falls outside the image: 16 products remain, where Winograd's method needs 36.
struct PlaceConvolution {
  private let shape: ConvolutionShape
  private let pairs: [Pair]

  private struct Pair {
    let output: Int
    let input: Int
    let tap: Int
  }

  init(_ shape: ConvolutionShape) {
    self.shape = shape
    var pairs: [Pair] = []
    for output in 0..<shape.places {
      let (row, column) = (output / shape.columns, output % shape.columns)
      for tap in 0..<shape.kernel * shape.kernel {
        let i = row * shape.stride - shape.padding + tap / shape.kernel
        let j = column * shape.stride - shape.padding + tap % shape.kernel
        guard i >= 0, i < shape.height, j >= 0, j < shape.width else { continue }
        pairs.append(Pair(output: output, input: i * shape.width + j, tap: tap))
      }
    }
    self.pairs = pairs
  }

  /// Number of products of channels per image.
  static func products(_ shape: ConvolutionShape) -> Int {
    func along(_ outputs: Int, _ length: Int) -> Int {
      (0..<outputs).reduce(0) { sum, output in
        let start = output * shape.stride - shape.padding
        return sum + max(0, min(length, start + shape.kernel) - max(0, start))
      }
    }
    return along(shape.rows, shape.height) * along(shape.columns, shape.width)
  }

  private var inputPlaces: Int { shape.height * shape.width }
  /// Output or input channels of one product.
  private let width = 128

  private func parts(_ channels: Int) -> Int { (channels + width - 1) / width }

  private func part(_ index: Int, of channels: Int) -> Range<Int> {
    index * width..<min(channels, (index + 1) * width)
  }

  /// All numbers of `reader`, written out.
  private func written(_ reader: PixelReader, _ shape: [Int], _ pass: Pass) -> Tensor {
    if reader.plain != nil { return reader.tensor }
    let result = Tensor(uninitialized: shape)
    let channels = reader.channels
    pass.forEachRange(result.count / channels, grain: grain(width: channels)) { pixels, _ in
      reader.read(pixels, to: result.pointer + pixels.lowerBound * channels, step: channels)
    }
    return result
  }

  func forward(_ x: PixelReader, _ weight: Tensor, moments: Bool, pass: Pass) -> OutputWriter {
    let pieces = min(8, shape.images)
    let writer = OutputWriter(shape, pieces: pieces, moments: moments)
    let x = written(x, shape.inputShape, pass)
    let (inputs, outputs, places, y) = (shape.inputs, shape.outputs, shape.places, writer.tensor)
    let parts = parts(outputs)
    pass.forEach(places * parts) { item, _ in
      let (place, columns) = (item / parts, part(item % parts, of: outputs))
      var isFirst = true
      for pair in pairs where pair.output == place {
        gemm(
          m: shape.images, n: columns.count, k: inputs, x.pointer + pair.input * inputs,
          lda: inputPlaces * inputs,
          weight.pointer + pair.tap * inputs * outputs + columns.lowerBound, ldb: outputs,
          beta: isFirst ? 0 : 1,
          y.pointer + place * outputs + columns.lowerBound, ldc: places * outputs)
        isFirst = false
      }
    }
    pass.forEach(pieces) { piece, _ in
      for image in shape.images * piece / pieces..<shape.images * (piece + 1) / pieces {
        writer.count(image * places..<(image + 1) * places, piece: piece)
      }
    }
    return writer
  }

  /// Adds ∂L/∂W to `gradient` and writes ∂L/∂x where it is wanted: `dX_q = Σ_p dY_p·Wᵀ`, `dW_t = Σ X_qᵀ·dY_p` over the
  /// pairs that share the tap t.
  func backward(
    _ x: PixelReader, _ dy: PixelReader, _ weight: Tensor, gradient: Tensor, to target: GradientTarget?,
    pass: Pass
  ) -> NormGradient? {
    let x = written(x, shape.inputShape, pass)
    let dy = written(dy, shape.outputShape, pass)
    let (inputs, outputs, places) = (shape.inputs, shape.outputs, shape.places)
    let parts = parts(inputs)
    pass.forEach(shape.kernel * shape.kernel * parts) { item, _ in
      let (tap, rows) = (item / parts, part(item % parts, of: inputs))
      for pair in pairs where pair.tap == tap {
        gemm(
          transposeA: true, m: rows.count, n: outputs, k: shape.images,
          x.pointer + pair.input * inputs + rows.lowerBound, lda: inputPlaces * inputs,
          dy.pointer + pair.output * outputs, ldb: places * outputs, beta: 1,
          gradient.pointer + (tap * inputs + rows.lowerBound) * outputs, ldc: outputs)
      }
    }
    guard let target else { return nil }
    let pieces = min(8, shape.images)
    let writer = GradientWriter(shape: shape.inputShape, to: target, pieces: pieces)
    let dx = writer.tensor
    pass.forEach(inputPlaces * parts) { item, _ in
      let (place, columns) = (item / parts, part(item % parts, of: inputs))
      var isFirst = target.adding == nil
      for pair in pairs where pair.input == place {
        gemm(
          transposeB: true, m: shape.images, n: columns.count, k: outputs, dy.pointer + pair.output * outputs,
          lda: places * outputs, weight.pointer + (pair.tap * inputs + columns.lowerBound) * outputs,
          ldb: outputs,
          beta: isFirst ? 0 : 1, dx.pointer + place * inputs + columns.lowerBound, ldc: inputPlaces * inputs)
        isFirst = false
      }
      // A place that no output sees.
      guard isFirst else { return }
      for image in 0..<shape.images {
        (dx.pointer + (image * inputPlaces + place) * inputs + columns.lowerBound).update(
          repeating: 0, count: columns.count)
      }
    }
    pass.forEach(pieces) { piece, _ in
      for image in shape.images * piece / pieces..<shape.images * (piece + 1) / pieces {
        writer.finish(image * inputPlaces..<(image + 1) * inputPlaces, piece: piece)
      }
    }
    return writer.result
  }
}
