import Tensors

/// Images between two layers: `max((x − μ)·γ/σ + β, floor)` of each number of `tensor`, or the numbers as they are where
/// there are no terms.
///
/// Normalisation and rectifier are not written to memory: whoever reads the numbers computes them on the way.
package struct Activation {
  /// `[n, h, w, c]`
  let tensor: Tensor
  let terms: ChannelTerms?

  package init(_ tensor: Tensor) {
    self.tensor = tensor
    terms = nil
  }

  init(_ tensor: Tensor, _ terms: ChannelTerms?) {
    self.tensor = tensor
    self.terms = terms
  }

  var channels: Int { tensor.shape[3] }

  /// The numbers written out: as they are where nothing is left to do.
  func written(pass: Pass) -> Tensor {
    PixelReader(self).written(pass: pass)
  }
}

extension Tape {
  mutating func push(_ x: Activation) { push(x.tensor, x.terms?.tensor ?? Tensor([0])) }

  mutating func popActivation() -> Activation {
    defer { _ = (pop(), pop()) }
    return topActivation
  }

  /// The activation that was pushed last.
  var topActivation: Activation { activation(0) }

  /// The activation that lies under `depth` tensors.
  func activation(_ depth: Int) -> Activation {
    Activation(top(depth + 1), top(depth).count == 0 ? nil : ChannelTerms(top(depth)))
  }
}

/// The last operation before a convolution whose backward pass can be fused with it.
enum Origin {
  case normalisation(Activation)
  case sum(ResidualOutput)
}

/// The gradient of the numbers that a normalisation gave, before any rectifier, and what the normalisation's backward
/// pass needs to know of all of them.
package struct NormGradient {
  /// `dz`: `[n, h, w, c]`
  package let tensor: Tensor
  /// `Σ dz` and `Σ dz·x̂`: `[2, c]`
  package let sums: Tensor
  /// As above for the normalisation of a shortcut, if a residual sum has one.
  let shortcutSums: Tensor?

  init(tensor: Tensor, sums: Tensor, shortcutSums: Tensor? = nil) {
    self.tensor = tensor
    self.sums = sums
    self.shortcutSums = shortcutSums
  }
}
