import Figures
import FrontEnd
import Language

/// A value with more to show than its one line.
protocol Displayable: Value {
  func rich(_ session: Session) throws -> Rich
}

extension Rich {
  /// A figure as a picture, with its text twin. `stop` is asked whether to give up drawing, which throws `Interrupted`.
  public init(_ figure: Figure, stop: @escaping () -> Bool = { false }) throws {
    let (png, size) = try figure.picture(stop: stop)
    self.init(
      text: figure.plainText(),
      png: PNG(bytes: Array(png), width: size.width, height: size.height, alt: figure.altText))
  }
}
