import Base

// Names for messages: whoever names an option by its place in the options follows the declaration, and does not compile without it.

extension Command {
  /// The word for the argument or option whose value goes to `path`.
  public func word(_ path: PartialKeyPath<Options>) -> String {
    let declared = parameter(at: path)
    assert(declared != nil, "\(name) declares nothing at \(path)")
    return declared?.name ?? "\(path)"
  }

  /// An option as a cell gives it: "batch=128".
  public func given<T: OptionValue>(_ path: KeyPath<Options, T>, _ value: T) -> String {
    "\(word(path))=\(value.written)"
  }

  /// Advice for an option that takes the whole numbers of a range: "use k from 1 to 9"; nil if no number is allowed.
  public func use(_ path: PartialKeyPath<Options>, from least: Int, to most: Int) -> String? {
    Base.use(word(path), from: least, to: most)
  }
}
