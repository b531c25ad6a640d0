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

  /// A row for each image, with the channels of one place behind those of another.
  private func rows(_ images: Tensor) -> Matrix {
    Matrix(images, columns: images.count / max(1, shape.images))
  }

  /// The rows of the weights that `pair` multiplies, or those of some inputs.
  private func tap(_ pair: Pair, _ inputs: Range<Int>? = nil) -> Range<Int> {
    let (first, inputs) = (pair.tap * shape.inputs, inputs ?? 0..<shape.inputs)
    return first + inputs.lowerBound..<first + inputs.upperBound
  }

  func forward(_ x: PixelReader, _ weight: Tensor, moments: Bool, pass: Pass) -> OutputWriter {
    let pieces = min(8, shape.images)
    let writer = OutputWriter(shape, pieces: pieces, moments: moments)
    let images = x.written(pass: pass)
    let (x, kernels, y) = (rows(images), Matrix(weight), rows(writer.tensor))
    let (inputs, outputs, places) = (shape.inputs, shape.outputs, shape.places)
    let parts = parts(outputs)
    pass.forEach(places * parts) { item, _ in
      let (place, columns) = (item / parts, part(item % parts, of: outputs))
      var isFirst = true
      for pair in pairs where pair.output == place {
        y.at(place, outputs, columns).set(
          to: x.at(pair.input, inputs), times: kernels.part(rows: tap(pair), columns: columns),
          isAdding: !isFirst)
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
    let (images, gradients) = (x.written(pass: pass), dy.written(pass: pass))
    let (x, dy) = (rows(images), rows(gradients))
    let (kernels, sums) = (Matrix(weight), Matrix(gradient))
    let (inputs, outputs) = (shape.inputs, shape.outputs)
    let parts = parts(inputs)
    pass.forEach(shape.kernel * shape.kernel * parts) { item, _ in
      let (tap, columns) = (item / parts, part(item % parts, of: inputs))
      for pair in pairs where pair.tap == tap {
        sums.part(rows: self.tap(pair, columns)).set(
          to: x.at(pair.input, inputs, columns), transposeA: true, times: dy.at(pair.output, outputs),
          isAdding: true)
      }
    }
    guard let target else { return nil }
    let pieces = min(8, shape.images)
    let writer = GradientWriter(shape: shape.inputShape, to: target, pieces: pieces)
    let dx = rows(writer.tensor)
    pass.forEach(inputPlaces * parts) { item, _ in
      let (place, columns) = (item / parts, part(item % parts, of: inputs))
      let sum = dx.at(place, inputs, columns)
      var isFirst = target.adding == nil
      for pair in pairs where pair.input == place {
        sum.set(
          to: dy.at(pair.output, outputs), times: kernels.part(rows: tap(pair, columns)), transposeB: true,
          isAdding: !isFirst)
        isFirst = false
      }
      // A place that no output sees.
      if isFirst { sum.fill(rows: 0..<sum.rows, with: 0) }
    }
    pass.forEach(pieces) { piece, _ in
      for image in shape.images * piece / pieces..<shape.images * (piece + 1) / pieces {
        writer.finish(image * inputPlaces..<(image + 1) * inputPlaces, piece: piece)
      }
    }
    return writer.result
  }
}

extension Matrix {
  /// The channels of one place of every image, of which there are `channels`, or some of them.
  fileprivate func at(_ place: Int, _ channels: Int, _ range: Range<Int>? = nil) -> Matrix {
    let (first, range) = (place * channels, range ?? 0..<channels)
    return part(rows: 0..<rows, columns: first + range.lowerBound..<first + range.upperBound)
  }
}
