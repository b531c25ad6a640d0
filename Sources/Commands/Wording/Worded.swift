import Base
import Tensors

/// An error of a module below, with the words for it.
///
/// Those modules throw facts: what was given, what would do. Only commands know what an option is called and how a cell is
/// written, so each module has a file of words in this folder; a new case does not compile without its words, nor words without the
/// option that they name.
protocol Worded: Error {
  var words: InputError { get }
}

/// The result of `body`, whose errors are about an option of the command that calls it.
func about<Result>(_ option: String, _ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as any Worded {
    let words = error.words
    throw InputError(words.message, option: option, advice: words.advice)
  }
}

extension InputError {
  /// The words for memory that `need`, as the subject of a sentence ("resnet18 of width 512"), lacks.
  init(_ need: String, lacks memory: MemoryShortage, option: String? = nil, advice: String?) {
    self.init(
      "\(need) would take about \(sized(memory.needed)) of memory, and \(sized(memory.available)) are free",
      option: option, advice: advice)
  }
}
