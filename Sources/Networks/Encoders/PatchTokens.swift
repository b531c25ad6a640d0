import Tensors

/// The tokens that a network of tokens begins with: that of the class and one for each patch of an image, each with its learned position.
/// Shapes: x `[n, size, size, 3]`, y `[n·(patches + 1), width]`.
final class PatchTokens: Layer {
  private let size: Int
  private let side: Int
  let width: Int
  let token: Parameter
  let position: Parameter
  let projection: Linear?
  private let names: Names

  /// Beginnings of the names of tensors in weight files.
  struct Names {
    /// In a module with `token`, `position` and `patch`.
    static let plain = Names(patches: "patch.", tokens: "")
    let patches: String
    let tokens: String
  }

  /// Token and positions are 0 until `draw`, which comes after what follows them.
  /// - Parameter projected: the numbers that a patch is projected to, or nil for as they are.
  init(size: Int, side: Int, projected: Int?, names: Names, random: inout RandomStream) {
    (self.size, self.side, self.names) = (size, side, names)
    width = projected ?? 3 * side * side
    projection = projected.map { Linear(inputs: 3 * side * side, outputs: $0, random: &random) }
    let count = (size / side) * (size / side) + 1
    token = Parameter(Tensor([1, 1, width]), decays: false)
    position = Parameter(Tensor([1, count, width]), decays: false)
  }

  func draw(_ start: NetworkDescription.Start, from random: inout RandomStream) {
    for parameter in [token, position] {
      parameter.value.draw(from: &random) { start == .small ? small(&$0) : $0.uniform() }
    }
  }

  /// Tokens of an image.
  var count: Int { position.value.shape[1] }

  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    precondition(
      x.shape.count == 4 && x.shape[1] == size && x.shape[2] == size && x.shape[3] == 3,
      "\(x.shape) holds no colour images of \(size) pixels")
    let images = x.shape[0]
    var patches = patches(of: x, pass: tape.pass)
    if let projection { patches = projection.forward(patches, saving: &tape) }
    let y = Tensor(uninitialized: [images * count, width])
    let (pieces, joined) = (Matrix(patches), Matrix(y))
    let (first, positions) = (Matrix(token.value), Matrix(position.value))
    tape.pass.forEach(images) { image, _ in
      TokenKernel.join(pieces, token: first, positions: positions, to: joined, image: image)
    }
    return y
  }

  /// Returns zeros: nothing learns from the gradient of the pictures.
  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let images = dy.shape[0] / count
    // The positions' gradient is the sum over images, the class token's that of the first place.
    let (sums, from) = (Matrix(position.gradient), Matrix(dy))
    tape.pass.forEachRange(count * width, grain: 4096) { range, _ in
      TokenKernel.addPositions(from, to: sums, range)
    }
    TokenKernel.addFirst(from, every: count, to: Matrix(token.gradient))
    if let projection {
      let patches = Tensor(uninitialized: [images * (count - 1), width])
      for image in 0..<images {
        let places = image * count + 1..<(image + 1) * count
        patches.replaceRows(from: image * (count - 1), by: dy, places)
      }
      projection.backwardToParameters(patches, from: &tape)
    }
    return Tensor([images, size, size, 3])
  }

  func patches(of x: Tensor, pass: Pass) -> Tensor { cutIntoPatches(x, side: side, pass: pass) }

  func collect(into state: inout State, prefix: String) {
    state.add(prefix + names.tokens + "token", token)
    state.add(prefix + names.tokens + "position", position)
    projection?.collect(into: &state, prefix: prefix + names.patches)
  }
}

/// A row for each patch of each image, line by line, `[n·patches, 3·side²]`: its reds, then its greens, then its blues.
/// Shape of x: `[n, size, size, 3]`, where side divides size.
public func cutIntoPatches(_ x: Tensor, side: Int, pass: Pass) -> Tensor {
  let size = x.shape[1]
  let bands = x.shape[0] * (size / side)
  let result = Tensor(uninitialized: [bands * (size / side), 3 * side * side])
  let (from, to) = (Matrix(x), Matrix(result))
  pass.forEach(bands) { band, _ in
    TokenKernel.cut(from, size: size, patch: side, band: band, to: to)
  }
  return result
}

/// Normal with deviation 0.02, cut off at two deviations.
func small(_ random: inout RandomStream) -> Float {
  while true {
    let value = random.normal()
    if abs(value) <= 2 { return 0.02 * value }
  }
}
