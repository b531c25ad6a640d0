import Tensors

/// Whether batch statistics and dropout are those of training or of evaluation.
public enum Mode: Sendable { case training, evaluation }

/// Values that a forward pass saves for its backward pass: a stack that backward empties in reverse order.
///
/// In evaluation nothing is kept, so activations are freed as soon as the next layer has read them.
public struct Tape {
  public let pass: Pass
  public let mode: Mode
  /// Number of this pass for its random draws, so that dropout differs from step to step and repeats with the seed.
  public let step: Int
  /// Number of this pass within the step, if a batch goes through in several parts.
  public let part: Int
  /// Whether a backward pass will follow.
  private let isKeeping: Bool
  private let isCommitting: Bool
  private var saved: [Tensor] = []
  private var commits: [(numbers: [Float], change: ([Float]) -> Void)] = []
  private var draws = 0

  /// - Parameters:
  ///   - keeping: false for a pass in training mode that has no backward pass.
  ///   - committing: whether running statistics move all the same: those of a twin.
  public init(
    pass: Pass, mode: Mode, step: Int = 0, part: Int = 0, keeping: Bool = true, committing: Bool = false
  ) {
    self.pass = pass
    self.mode = mode
    self.step = step
    self.part = part
    isKeeping = keeping && mode == .training
    isCommitting = committing && mode == .training
  }

  public var isTraining: Bool { mode == .training }

  public mutating func push(_ tensors: Tensor...) {
    if isKeeping { saved.append(contentsOf: tensors) }
  }

  public mutating func pop() -> Tensor {
    precondition(!saved.isEmpty, "a backward pass took more than its forward pass left")
    return saved.removeLast()
  }

  /// The tensor pushed last, or the one `depth` before it.
  func top(_ depth: Int = 0) -> Tensor { saved[saved.count - 1 - depth] }

  public var isEmpty: Bool { saved.isEmpty }

  /// Bytes of memory that are kept for the backward pass.
  public var keptBytes: Int {
    var seen: [UnsafeMutablePointer<Float>: Int] = [:]
    for tensor in saved { seen[tensor.pointer] = tensor.count * MemoryLayout<Float>.stride }
    return seen.values.reduce(0, +)
  }

  /// A stream of its own for each layer that draws at random, in the order of the layers.
  public mutating func random() -> RandomStream {
    defer { draws += 1 }
    return pass.random("layer", step, part, draws)
  }

  /// Defers a change besides gradients (running statistics) until the step is known to be complete. All that it takes of this pass are
  /// the numbers, so that it can be made in another process too.
  public mutating func whenCommitted(_ numbers: [Float], _ change: @escaping ([Float]) -> Void) {
    if isKeeping || isCommitting { commits.append((numbers, change)) }
  }

  /// The numbers of all changes that are deferred.
  public var deferredNumbers: [Float] { commits.flatMap(\.numbers) }

  public mutating func commit() {
    for commit in commits { commit.change(commit.numbers) }
    commits = []
  }

  /// Makes the changes that another pass through the same layers has deferred; `numbers` begin with its own, and what follows is returned.
  public func commit(numbersOfOther numbers: ArraySlice<Float>) -> ArraySlice<Float> {
    var rest = numbers
    for commit in commits {
      commit.change(Array(rest.prefix(commit.numbers.count)))
      rest = rest.dropFirst(commit.numbers.count)
    }
    return rest
  }
}

/// A tensor that training changes, with its gradient.
public final class Parameter {
  public let value: Tensor
  public let gradient: Tensor
  /// False for biases and for the scales and shifts of normalisation, which weight decay leaves alone.
  public let decays: Bool
  /// Learning rate as a multiple of that of the others.
  public var pace: Pace = .usual

  public enum Pace: Sendable, Equatable {
    /// A multiple of the rate, since the given update of the optimiser, counted from 0: of a parameter that was frozen before.
    case times(Float, since: Int = 0)
    /// No update: its gradient is thrown away, and what the optimiser remembers of it stays.
    case frozen

    public static let usual = Pace.times(1)
  }

  public init(_ value: Tensor, decays: Bool) {
    self.value = value
    self.decays = decays
    gradient = Tensor(value.shape)
  }
}

/// One step of a network: `forward` computes, `backward` turns ∂L/∂output into ∂L/∂input.
public protocol Layer: AnyObject {
  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor

  /// Adds to the parameters' gradients and returns ∂L/∂x.
  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor

  /// Every parameter and every other tensor that a weight file holds, by name, in a fixed order.
  func collect(into state: inout State, prefix: String)
}

/// The named tensors of a network: parameters, which training changes, and buffers, which it only keeps (running
/// statistics). Names are PyTorch's, so that weight files fit both.
public struct State {
  public enum Entry {
    case parameter(Parameter)
    case buffer(Tensor)

    var isBuffer: Bool { if case .buffer = self { true } else { false } }

    public var tensor: Tensor {
      switch self {
      case .parameter(let parameter): parameter.value
      case .buffer(let tensor): tensor
      }
    }
  }

  /// Layout of an entry's values in a weight file.
  public enum Format: Sendable {
    /// The same as in memory.
    case plain
    /// A convolution's kernel: `[k, k, in, out]` here, `[out, in, k, k]` in PyTorch and in the file.
    case kernel
    /// A count: one 64-bit integer in the file.
    case counter
  }

  public private(set) var entries: [(name: String, entry: Entry)] = []
  private var formats: [String: Format] = [:]

  public init() {}

  public init(of layer: any Layer, prefix: String = "") {
    layer.collect(into: &self, prefix: prefix)
  }

  public mutating func add(_ name: String, _ parameter: Parameter, as format: Format = .plain) {
    add(name, .parameter(parameter), format)
  }

  public mutating func add(_ name: String, _ buffer: Tensor, as format: Format = .plain) {
    add(name, .buffer(buffer), format)
  }

  /// All tensors of a layer that is kept and not trained, such as a twin: its parameters as buffers.
  public mutating func add(kept layer: any Layer, prefix: String) {
    let state = State(of: layer, prefix: prefix)
    for (name, entry) in state.entries { add(name, entry.tensor, as: state.format(of: name)) }
  }

  private mutating func add(_ name: String, _ entry: Entry, _ format: Format) {
    precondition(formats.updateValue(format, forKey: name) == nil, "two tensors are called \(name)")
    entries.append((name, entry))
  }

  public func format(of name: String) -> Format { formats[name] ?? .plain }

  public var parameters: [Parameter] {
    entries.compactMap { if case .parameter(let parameter) = $0.entry { parameter } else { nil } }
  }

  /// Takes over all numbers of `other`, which has the same tensors in the same order.
  public func copy(from other: State) {
    precondition(entries.map(\.name) == other.entries.map(\.name), "a copy has the same tensors")
    for (to, from) in zip(entries, other.entries) {
      to.entry.tensor.pointer.update(from: from.entry.tensor.pointer, count: from.entry.tensor.count)
    }
  }

  /// Forgets what a pass that was given up half-way has added to the gradients.
  public func clearGradients() {
    for parameter in parameters { parameter.gradient.fill(0) }
  }

  /// Number of trainable parameters.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.value.count } }
}
