/// The sizes of a convolution of a batch of images.
struct ConvolutionShape: Equatable {
  var images: Int
  var height: Int
  var width: Int
  var inputs: Int
  var outputs: Int
  var kernel: Int
  var stride: Int
  var padding: Int

  var rows: Int { (height + 2 * padding - kernel) / stride + 1 }
  var columns: Int { (width + 2 * padding - kernel) / stride + 1 }
  /// Places of one output image.
  var places: Int { rows * columns }
  /// Numbers that one output depends on: k·k·in.
  var taps: Int { kernel * kernel * inputs }
  var inputShape: [Int] { [images, height, width, inputs] }
  var outputShape: [Int] { [images, rows, columns, outputs] }
}
