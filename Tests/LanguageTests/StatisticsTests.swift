import Language
import Testing

@Suite("Sums, means and spreads")
struct StatisticsTests {
  @Test(
    "equal values have their value as mean and no spread",
    arguments: [0.1, 1.0 / 3, 0x1p-1070, 1e308, -7e-5, 0])
  func equal(value: Double) {
    for count in [1, 2, 3, 7, 10, 1000] {
      let spread = Spread(Array(repeating: value, count: count))
      #expect(spread.mean == value && spread.deviationOfAll == 0, "\(count) times \(value)")
      #expect(spread.deviation == (count > 1 ? 0 : nil))
    }
  }

  @Test("sums are rounded once, at their end")
  func sums() {
    #expect([0.1, 0.2, 0.3].exactSum == 0.6 && [Double](repeating: 0.1, count: 10).exactSum == 1)
    #expect([1e17, 1, -1e17].exactSum == 1 && [1, 1e100, 1, -1e100].exactSum == 2)
    // To even where it lies in the middle, up where a little more follows.
    #expect([1, 0x1p-53].exactSum == 1 && [1, 0x1p-53, 0x1p-110].exactSum == 1 + 0x1p-52)
    #expect(
      [Double]().exactSum == 0 && [.infinity, 1].exactSum == .infinity
        && [.infinity, -.infinity].exactSum.isNaN)
    #expect(Spread([1e17, 1, -1e17]).mean == 1.0 / 3)
  }

  @Test("spreads of numbers far from zero, very large and very small ones")
  func spreads() throws {
    #expect(Spread([1e9 + 1, 1e9 + 2, 1e9 + 3]).deviation == 1)
    #expect(Spread([4, 7, 13, 16]).deviation == 30.0.squareRoot())
    for scale in [0x1p1000, 0x1p-1000] {
      let spread = Spread([4, 7, 13, 16].map { $0 * scale })
      #expect(spread.mean == 10 * scale && spread.deviation == 30.0.squareRoot() * scale)
    }
    #expect(Spread([-1.7e308, 1.7e308]).mean == 0 && Spread([1.7e308, 1.7e308, 1.6e308]).mean.isFinite)
    #expect(Spread([1, .nan, 3, .infinity]) == Spread([1, 3]) && Spread([.nan]).count == 0)
    #expect(Spread([.nan]).mean.isNaN && Spread([.nan]).deviationOfAll == nil)
  }

  @Test("the order of the values changes nothing", arguments: 1...20 as ClosedRange<UInt64>)
  func orders(seed: UInt64) {
    var state = seed
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 11
    }
    let values = (0..<200).map { _ in
      (Double(next()) / 0x1p53 - 0.5) * Double(sign: .plus, exponent: Int(next() % 80) - 40, significand: 1)
    }
    let (first, second) = (Spread(values), Spread(values.reversed()))
    #expect(first == second && values.exactSum == values.sorted().exactSum)
    // Within a unit of the last place of what a wide sum gives.
    #if arch(x86_64)
      let mean = Double(values.reduce(Float80(0)) { $0 + Float80($1) } / 200)
      #expect(abs(first.mean - mean) <= 1e-6 * abs(mean))
    #endif
  }
}
