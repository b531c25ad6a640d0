import Analysis
import Foundation
import Tensors
import Testing

/// Against scikit-learn and openTSNE; `Fixtures/make_analysis.py` made the numbers.
@Suite("References")
struct ReferenceTests {
  let rows: Tensor

  init() throws { rows = try NumPyFile("analysis_rows").tensor }

  @Test("the indices of the nearest rows are scikit-learn's", arguments: Distance.allCases)
  func nearest(metric: Distance) throws {
    let found = try neighbours(
      of: rows, in: rows, count: 10, metric: metric, leavingOutSelf: true, run: Run())
    let wanted = try NumPyFile("analysis_near_\(metric)").values.map { Int($0) }
    #expect(Array(found.indices.joined()) == wanted)
  }

  @Test("principal components span what scikit-learn's do, and explain as much", arguments: [1, 3, 8, 16])
  func components(count: Int) throws {
    let wanted = try NumPyFile("analysis_components")
    let explained = try NumPyFile("analysis_explained").values
    let pca = try PCA(of: rows, components: count, solver: .exact, run: Run())
    #expect(pca.solver == .exact)
    for k in 0..<count {
      #expect(abs(pca.explained[k] - explained[k]) < 1e-6, "component \(k)")
      // The principal angle of each direction: all are apart in their variance.
      let mine = pca.components.row(k)
      let cosine = (0..<16).reduce(0.0) { $0 + mine[$1] * wanted.values[k * 16 + $1] }
      #expect(abs(abs(cosine) - 1) < 1e-5, "component \(k): \(cosine)")
    }
  }

  @Test("affinities are openTSNE's, each")
  func affinities() throws {
    let wanted = try NumPyFile("analysis_affinities").values
    let found = try Affinities(of: rows, perplexity: 12, run: Run())
    var dense = [Double](repeating: 0, count: wanted.count)
    for i in 0..<240 {
      for at in found.starts[i]..<found.starts[i + 1] {
        dense[i * 240 + Int(found.columns[at])] = Double(found.values[at])
      }
    }
    let worst = wanted.indices.max { abs(wanted[$0] - dense[$0]) < abs(wanted[$1] - dense[$1]) }!
    let largest = wanted.max()!
    #expect(
      abs(wanted[worst] - dense[worst]) < 1e-5 * largest,
      "(\(worst / 240), \(worst % 240)): \(dense[worst]), not \(wanted[worst])")
  }

  @Test("the gradient and the divergence are those of all pairs in double precision")
  func gradient() throws {
    let points = try NumPyFile("analysis_points").tensor
    let wanted = try NumPyFile("analysis_gradient").values
    let layout = Layout(
      start: points, affinities: try Affinities(of: rows, perplexity: 12, run: Run()), usesGrid: false)
    try layout.repel(run: Run())
    let found = try layout.gradient(run: Run()).elements.map(Double.init)
    let worst = wanted.indices.max { abs(wanted[$0] - found[$0]) < abs(wanted[$1] - found[$1]) }!
    let largest = wanted.map(abs).max()!
    #expect(
      abs(wanted[worst] - found[worst]) < 1e-5 * largest,
      "point \(worst / 2): \(found[worst]), not \(wanted[worst])")
    let divergence = try #require(try numbers("analysis")["divergence"])
    #expect(abs(try layout.divergence(run: Run()) - divergence) < 1e-4)
  }

  @Test("the finished map is as good as the better of scikit-learn's and openTSNE's, within 1 %")
  func divergence() throws {
    var tsne = TSNE()
    tsne.perplexity = 12
    let map = try tsne.map(rows, run: Run())
    let references = try numbers("analysis")
    let best = try #require([references["scikit-learn"], references["openTSNE"]].compactMap { $0 }.min())
    #expect(map.divergence < 1.01 * best, "\(map.divergence), not \(best)")
  }
}
