import ArgumentParser
import Tensors

/// `benchmark peak`: what this machine can do at most, on one core and on all.
struct PeakCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peak", abstract: "The machine's limits: multiply-adds, matrix products, memory.")

  func run() throws {
    for workers in [Workers(count: 1)] + (Workers.shared.count > 1 ? [.shared] : []) {
      let bandwidth = Bandwidth(workers)
      try printLine(
        Line(
          workers: workers.count, peak: multiplyAddPeak(workers).short, product: productPeak(workers).short,
          copy: bandwidth.copy.short, triad: bandwidth.triad.short, update: bandwidth.update.short))
    }
  }

  private struct Line: Encodable {
    let workers: Int
    let peak, product, copy, triad, update: Double

    enum CodingKeys: String, CodingKey {
      case workers
      case peak = "fma_peak_gflops"
      case product = "sgemm_gflops"
      case copy = "copy_gb_per_s"
      case triad = "triad_gb_per_s"
      case update = "update_gb_per_s"
    }
  }
}
