import Base
import Figures
import Language

/// Message and advice.
private func said(_ message: String, _ advice: String) -> InputError { InputError(message, advice: advice) }

extension FigureError: Worded {
  var words: InputError {
    switch self {
    case .narrow(let width, let remedy): tooSmall("a width of about \(centimetres(width))", remedy)
    case .low(let height): tooSmall("a height of about \(centimetres(height))", .words)
    case .side(let side):
      said(
        "A figure cannot be \(Numbers.short(side)) points wide or high.",
        "Give a width and a height above 0 and up to 60,000 points; 480 is the usual width.")
    case .scale(let scale):
      said(
        "A scale of \(Numbers.short(scale)) pixels per point cannot be drawn.",
        "Give a scale above 0 and up to 64; 2 is right for screens.")
    case .pixels(let wide, let high):
      said(
        "The picture would be \(Numbers.fixed(wide, decimals: 0))×\(Numbers.fixed(high, decimals: 0)) pixels; "
          + "a side may have up to 32,767 and the whole up to 100 million.",
        "Make it smaller or lower its resolution, or show fewer pictures.")
    case .noMemory: said("There is not enough memory for the picture.", "Make it smaller.")
    case .cairo(let reason):
      said("The picture could not be drawn: \(reason).", "Make it smaller, or export it in another format.")
    case .mixedMarks:
      said(
        "Pictures and diagrams cannot share one set of axes with lines, points or bars.",
        "Put them side by side as panels.")
    case .overLyingBars:
      said(
        "Lines and points cannot be drawn over lying bars.", "Make the bars upright: orientation vertical.")
    case .logarithmicBars:
      said(
        "Bars start at zero, which a logarithmic axis does not have.",
        "Use points or a line with a logarithmic axis, or bars with a linear one.")
    case .logarithmicBins:
      said(
        "A histogram has bars from zero and equal bins, and needs linear axes.",
        "Leave out the logarithmic scale, or take the logarithm of the values first.")
    case .axis(let name, let domain, let isLogarithmic):
      said(
        "The \(name) axis cannot run from \(Numbers.short(domain.lowerBound)) to "
          + "\(Numbers.short(domain.upperBound)).",
        isLogarithmic
          ? "A logarithmic axis needs two different numbers above 0." : "Give two different, finite numbers.")
    case .logarithmOfNames(let axis):
      said(
        "The \(axis) axis holds names, which have no logarithm.",
        "Leave out the logarithmic scale on \(axis), or give numbers.")
    case .bandsOfNumbers(let axis):
      said(
        "The \(axis) axis holds numbers, not names.",
        "Leave out the band scale on \(axis), or plot bars.")
    case .series(let series): series.words
    case .matrix(let matrix): matrix.words
    case .pictures(let pictures): pictures.words
    case .parts(let parts): parts.words
    }
  }

  private func tooSmall(_ needs: String, _ remedy: Remedy) -> InputError {
    let advice =
      switch remedy {
      case .words: "Make it larger, leave out the height, or shorten the words."
      case .fewerColumns: "Make it wider, or use fewer columns."
      case .columns(let columns):
        "Make it wider, or use fewer columns: \(PlotPanels.command.given(\.columns, columns))."
      }
    return said("The figure is too small for its words: it needs \(needs).", advice)
  }

  private func centimetres(_ points: Double) -> String {
    Numbers.fixed((points / Figure.pointsPerCentimetre * 10).rounded(.up) / 10, decimals: 1) + " cm"
  }
}

extension FigureError.Series {
  fileprivate var words: InputError {
    switch self {
    case .line(let name, let place, let x, let y):
      said("Line \(called(name, place)) has \(x) x and \(y) y.", "Give one y for each x.")
    case .band(let name, let place, let points):
      said(
        "The band of line \(called(name, place)) does not have a lower and an upper edge for each of its "
          + counted(points, "point") + ".", "Give both edges, with as many numbers as there are points.")
    case .group(let name, let place, let values, let categories):
      said(
        "Group \(called(name, place)) has \(counted(values, "value")) for "
          + "\(counted(categories, "category")).", "Give one value for each category.")
    case .groupErrors(let name, let place):
      said(
        "The error bars of group \(called(name, place)) do not have two ends for each category.",
        "Give as many errors as there are values.")
    case .points(let x, let y):
      said("A scatter plot of \(x) x has \(y) y.", "Give one y for each x.")
    case .pointClasses(let classes, let points):
      said(
        "\(counted(points, "point")) cannot have \(counted(classes, "class")).",
        "Give one class for each point.")
    case .pointClass(let wrong, let names):
      said(
        "A point has class \(wrong), and there are names for " + counted(names, "class") + ".",
        "Number the classes from 0, or give −1 for points without one.")
    case .pointValues(let values, let points):
      said(
        "\(counted(points, "point")) cannot have \(counted(values, "value")).",
        "Give one value for each point.")
    case .bins(let bins, let range):
      said(
        "A histogram cannot have \(counted(bins, "bin")).",
        "Give \(PlotHistogram.command.given(\.bins, range.lowerBound)) to \(range.upperBound), or leave it out."
      )
    }
  }

  private func called(_ name: String?, _ place: Int) -> String {
    name.map { "“\($0)”" } ?? "number \(place + 1)"
  }
}

extension FigureError.Matrix {
  fileprivate var words: InputError {
    switch self {
    case .cells(let rows, let columns, let values):
      said(
        "A matrix of \(rows)×\(columns) has \(counted(values, "value")).",
        "Give one value for each cell, row by row.")
    case .largeMatrix(let rows, let columns, let most):
      said(
        "A matrix of \(rows)×\(columns) has more cells than a page can show.",
        "Show a part of it, up to \(counted(most, "row")) and columns.")
    case .names(let count, let part, let names):
      said(
        "\(count) \(part == .rows ? "rows" : "columns") cannot have \(counted(names, "name")).",
        "Give one name for each, or none.")
    case .colours(let domain):
      said(
        "Colours cannot run from \(Numbers.short(domain.lowerBound)) to \(Numbers.short(domain.upperBound)).",
        "Give two different, finite numbers.")
    case .confusion(let counts, let expected):
      said(
        "A confusion matrix holds a count for each pair of classes: \(expected), not \(counts).",
        "Give one row for each true class and one column for each predicted one.")
    case .negativeCount:
      said("A confusion matrix holds a negative count.", "Give how often each pair came up.")
    }
  }
}

extension FigureError.Pictures {
  fileprivate var words: InputError {
    switch self {
    case .emptyPicture(let width, let height):
      said(
        "A picture of \(width)×\(height) pixels has nothing to show.",
        "Give a picture of at least 1×1 pixel.")
    case .pictureBytes(let bytes, let width, let height):
      said(
        "A picture of \(width)×\(height) pixels needs width × height × 3 bytes, and \(bytes) were given.",
        "Give rows of red, green and blue bytes, one byte per colour.")
    case .manyPictures(let count, let most):
      said(
        "A grid of \(counted(count, "picture")) is more than a page can show.",
        "Show a sample of up to \(grouped(most)).")
    case .gridColumns(let columns):
      said(
        "A grid needs at least one column, not \(columns).",
        "Give \(PlotImages.command.given(\.columns, 1)) or more.")
    case .thumbnails(let x, let y, let pictures, let classes):
      said(
        "\(x) x and \(y) y cannot have \(counted(pictures, "picture")) and \(counted(classes, "class")).",
        "Give one x, y and picture for each point, and classes for all or none.")
    case .thumbnailSide(let side):
      said(
        "A thumbnail cannot be \(Numbers.short(side)) points long.", "Give a side of 1 to 1,000 points.")
    }
  }
}

extension FigureError.Parts {
  fileprivate var words: InputError {
    switch self {
    case .noPanels: said("There are no panels to place side by side.", "Give at least one figure.")
    case .panelColumns(let columns):
      said(
        "Panels need at least one column, not \(columns).",
        "Give \(PlotPanels.command.given(\.columns, 1)) or more.")
    case .manyPanels(let count, let most):
      said(
        "\(counted(count, "panel")) are more than a page can show.", "Give up to \(counted(most, "figure")).")
    case .noBoxes: said("A diagram without boxes has nothing to show.", "Give at least one node.")
    case .largeDiagram(let boxes, let arrows, let most):
      said(
        "A diagram of \(counted(boxes, "box")) and \(counted(arrows, "arrow")) cannot be read.",
        "Give up to \(counted(most, "box")); draw repeated layers once.")
    case .sameBox(let id): said("Two boxes are called “\(id)”.", "Give each node an id of its own.")
    case .noBox(let id):
      said("An arrow ends at “\(id)”, and there is no such box.", "Use the id of a node.")
    }
  }
}
