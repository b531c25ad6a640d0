import Tensors

/// A rule that turns gradients into a change of the parameters.
public protocol Optimizer: AnyObject {
  /// One update of all parameters at learning rate `rate`; sets the gradients to 0 in the same pass.
  ///
  /// The parameters must be the same, in the same order, at every step. An interrupt does not cut it short: look for
  /// one before, and call `State.clearGradients()` where a pass was given up.
  func step(_ parameters: [Parameter], rate: Float, workers: Workers)

  /// Updates so far.
  var steps: Int { get set }

  /// State that the rule keeps between steps, for the parameters of `network`: saved and loaded with the weights and `steps`, it lets
  /// training go on as if it had not stopped. Each tensor is called as its parameter, and what it is: "head.0.weight.mean".
  func state(for network: State) -> State
}

extension State {
  /// Tensors that belong to the parameters, in their order and under their names.
  func beside(_ parts: [(name: String, tensors: [Tensor])]) -> State {
    var state = State()
    var place = 0
    for (name, entry) in entries {
      guard case .parameter = entry else { continue }
      for part in parts { state.add("\(name).\(part.name)", part.tensors[place], as: format(of: name)) }
      place += 1
    }
    return state
  }
}

/// A range of one parameter: what a worker updates at a time.
struct ParameterPiece {
  let index: Int
  let range: Range<Int>

  /// The parameter's rate as a multiple of that of the others; nil where it is frozen, and then its gradient is gone.
  func pace(of parameter: Parameter) -> Float? {
    if case .times(let pace, _) = parameter.pace { return pace }
    UpdateKernels.clear(Matrix(parameter.gradient), range)
    return nil
  }

  /// All of `parameters`, cut into pieces of at most `length`.
  static func all(of parameters: [Parameter], length: Int = 1 << 15) -> [ParameterPiece] {
    parameters.enumerated().flatMap { index, parameter in
      stride(from: 0, to: parameter.value.count, by: length).map {
        ParameterPiece(index: index, range: $0..<min($0 + length, parameter.value.count))
      }
    }
  }
}

/// Tensors like the values of `parameters`, all 0, made when they are first needed.
func zeros(like parameters: [Parameter], unless present: [Tensor]) -> [Tensor] {
  guard present.isEmpty else {
    precondition(
      zip(present, parameters).allSatisfy { $0.shape == $1.value.shape } && present.count == parameters.count,
      "an optimiser serves the same parameters at every step")
    return present
  }
  return parameters.map { Tensor($0.value.shape) }
}
