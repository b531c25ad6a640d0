import Base

/// Whether a drawing should stop. Once it should, words are no longer measured and shapes no longer drawn, so that the rest
/// takes no time and has no result; the function that started it throws `Interrupted` instead of returning a picture.
///
/// A stop belongs to the thread that draws.
package final class Stop {
  private let ask: () -> Bool
  private var count = 0
  private var isRaised = false

  init(_ ask: @escaping () -> Bool) { self.ask = ask }

  /// Asks now and then only: this is called for every shape and word.
  package var isRequested: Bool {
    count &+= 1
    if !isRaised, count & 31 == 0 { isRaised = ask() }
    return isRaised
  }

  func check() throws {
    if isRaised || ask() { throw Interrupted() }
  }
}
