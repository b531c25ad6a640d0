import Tensors

/// In training each value is set to 0 with probability p and divided by 1 − p otherwise; in evaluation nothing changes
/// (Srivastava et al., 2014).
///
/// Which numbers are dropped follows from a key drawn for the pass and the number's place alone: the backward pass finds it
/// out again, and any number of workers agrees.
public final class Dropout: Layer {
  public let probability: Float

  public init(_ probability: Float) {
    precondition((0..<1).contains(probability), "a probability below 1")
    self.probability = probability
  }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    forward(x, addingTo: nil, saving: &tape)
  }

  /// As above, plus `other`, a tensor of the shape of x, if given.
  func forward(_ x: Tensor, addingTo other: Tensor?, saving tape: inout Tape) -> Tensor {
    guard tape.isTraining, probability > 0 else { return other.map { sum(x, $0, pass: tape.pass) } ?? x }
    let mask = DropoutMask(probability, key: tape.drawKey())
    return mask.applied(to: x, addingTo: other, pass: tape.pass)
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    guard tape.isTraining, probability > 0 else { return dy }
    return DropoutMask(probability, key: tape.popKey()).applied(to: dy, addingTo: nil, pass: tape.pass)
  }

  public func collect(into state: inout State, prefix: String) {}
}

/// The hash that decides which values are dropped.
struct DropoutMask {
  private let key: UInt32
  private let threshold: UInt32
  private let scale: Float

  init(_ probability: Float, key: UInt32) {
    self.key = key
    threshold = UInt32(Double(probability) * 4_294_967_296)
    scale = 1 / (1 - probability)
  }

  /// 0 or 1/(1 − p) for the number at `place`: a hash of both (the finaliser of MurmurHash3) is as good as a draw.
  @inline(__always)
  func factor(_ place: UInt32) -> Float {
    var bits = (place &* 0x9e37_79b9) ^ key
    bits = (bits ^ (bits &>> 16)) &* 0x85eb_ca6b
    bits = (bits ^ (bits &>> 13)) &* 0xc2b2_ae35
    bits ^= bits &>> 16
    return bits < threshold ? 0 : scale
  }

  func applied(to x: Tensor, addingTo other: Tensor?, pass: Pass) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    let (from, to, added) = (Matrix(x), Matrix(y), other.map { Matrix($0) })
    pass.forEachRange(x.count, grain: 1 << 15) { range, _ in
      ElementKernels.drop(from, by: self, adding: added, to: to, range)
    }
    return y
  }
}

extension Tape {
  /// A key for a mask, kept for the backward pass: its bits travel as those of a number.
  mutating func drawKey() -> UInt32 {
    var stream = random()
    let key = UInt32(truncatingIfNeeded: stream.next() >> 32)
    push(Tensor([1], [Float(bitPattern: key)]))
    return key
  }

  mutating func popKey() -> UInt32 { pop()[0].bitPattern }
}

/// `a + b`, element by element.
func sum(_ a: Tensor, _ b: Tensor, pass: Pass) -> Tensor {
  let result = Tensor(uninitialized: a.shape)
  let (x, y, z) = (Matrix(a), Matrix(b), Matrix(result))
  pass.forEachRange(a.count, grain: 1 << 15) { range, _ in ElementKernels.add(x, y, to: z, range) }
  return result
}
