/// The sizes of a convolution of a batch of images.
package struct ConvolutionShape: Equatable {
  package var images: Int
  package var height: Int
  package var width: Int
  package var inputs: Int
  package var outputs: Int
  package var kernel: Int
  package var stride: Int
  package var padding: Int

  package var rows: Int { (height + 2 * padding - kernel) / stride + 1 }
  package var columns: Int { (width + 2 * padding - kernel) / stride + 1 }
  /// Places of one output image.
  package var places: Int { rows * columns }
  /// Number of inputs that one output depends on: k·k·in.
  package var taps: Int { kernel * kernel * inputs }
  package var inputShape: [Int] { [images, height, width, inputs] }
  package var outputShape: [Int] { [images, rows, columns, outputs] }

  package init(
    images: Int, height: Int, width: Int, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1,
    padding: Int
  ) {
    self.images = images
    self.height = height
    self.width = width
    self.inputs = inputs
    self.outputs = outputs
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }
}
