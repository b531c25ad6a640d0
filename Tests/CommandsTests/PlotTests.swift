import Commands
import Figures
import Foundation
import Language
import Testing

/// What the plot commands make of tables, read through the figures' words and pictures.
@Suite("Plots")
struct PlotTests {
  /// The text of the figure that a cell shows.
  private func shown(_ cell: String) throws -> String {
    try #require(try Session().gather(cell).results.last).text
  }

  @Test(
    "panels of any numbers share an axis",
    arguments: [
      "y=[0, 0, 0, 0]", "y=[1e308, -1e308, 1e308, 1]", "y=[1e-320, 2e-320, 0, 1e-320]",
      "y=[-1e308, 1e-300, 4.2e-20, 0]", "y=[1e17, 1e17, 1e17, 1e17]",
    ],
    [
      "plot bars t x=x y=y", "plot line t x=x y=y", "plot scatter t x=x y=y",
      "plot line t x=x y=y yscale=log",
    ])
  func panels(_ column: String, _ plot: String) throws {
    let text = try shown(
      "t = table x=[1, 2, 1, 2] \(column) part=[\"a\", \"a\", \"b\", \"b\"]\n\(plot) facet=part")
    #expect(text.contains("part a") && text.contains("part b"))
  }

  @Test("panels on logarithmic axes share them too")
  func logarithmicPanels() throws {
    let scale = Scale.log.shared(by: [1, 10, 1_000, -3, .nan], room: 0)
    let ends = try #require(scale.domain)
    #expect(abs(ends.lowerBound - 1) < 1e-9 && abs(ends.upperBound - 1_000) < 1e-6)
    #expect(Scale.log.shared(by: [-1]).domain == nil)
  }
}
