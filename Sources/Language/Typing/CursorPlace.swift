/// A command whose line is not finished.
struct PartialCall {
  let verb: Vocabulary.Verb
  /// The command; nil while its kind is missing or unknown.
  var command: (any AnyCommand)?
  /// Parameters that have a value, in the order given.
  var given: [Int] = []
  /// Number of arguments without a name.
  var positions = 0
  /// The words of the first argument, if it is a name with members: `cifar.train`.
  var firstArgument: [String] = []

  /// The parameter of the next argument without a name.
  var nextArgument: Parameter? {
    guard let parameters = command?.parameters.filter(\.isPositional), !parameters.isEmpty else { return nil }
    if positions < parameters.count { return parameters[positions] }
    return parameters.last?.role == .rest ? parameters.last : nil
  }
}

/// The kind of input expected at a place in a cell.
struct CursorPlace {
  enum Role {
    /// A place without completions: a comment, plain text, a new name, the end of a finished expression.
    case nothing
    case statement
    /// After `name =`, after `time`, after `(`; the parameter is the one that the value goes to.
    case command(Parameter?)
    case expression
    /// After an operator, where `not` does not fit.
    case operand
    case kind(PartialCall)
    case argument(PartialCall)
    case value(Parameter?, PartialCall)
    case member(of: [String])
    /// A place between the brackets of `cifar.train[…]`; the names before them, none if that is not a plain path.
    case index(of: [String])
    case help([String])
    case keyword(String)
  }

  var role: Role
  /// The commands around the place, innermost first.
  var calls: [PartialCall] = []
  /// Text of an enclosing string, from its opening quote to the place.
  var text: String?
}
