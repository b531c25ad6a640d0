import ArgumentParser
import Tensors

/// `benchmark kernels [FAMILY…]`: each kernel against the limit that it is bound by.
struct KernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Each kernel against the machine's limit: GFLOP/s or GB/s, and the share.",
    discussion: "Families: \(KernelFamily.all.map(\.name).joined(separator: ", ")); all where none is named.")

  @Argument(help: "Families of kernels.")
  var families: [String] = []

  func validate() throws {
    let known = KernelFamily.all.map(\.name)
    for family in families where !known.contains(family) {
      throw ValidationError(
        "There are no kernels called \(family). Write one of \(known.joined(separator: ", ")).")
    }
  }

  func run() throws {
    let pass = Pass()
    let limits = (peak: multiplyAddPeak(pass.workers), bandwidth: Bandwidth(pass.workers).best)
    BufferCache.trim()
    for family in KernelFamily.all where families.isEmpty || families.contains(family.name) {
      for kernel in try family.make(pass) {
        try printLine(
          Line(kernel, seconds: bestSeconds(kernel.take), peak: limits.peak, bandwidth: limits.bandwidth))
      }
      BufferCache.trim()
    }
  }

  private struct Line: Encodable {
    let name, shape: String
    let milliseconds: Double
    var gigaflops, gigabytes, views, share: Double?

    init(_ kernel: Kernel, seconds: Double, peak: Double, bandwidth: Double) {
      (name, shape, milliseconds) = (kernel.name, kernel.shape, (seconds * 1e3).short)
      switch kernel.work {
      case .operations(let count):
        gigaflops = (Double(count) / seconds / 1e9).short
        share = (Double(count) / seconds / 1e9 / peak).short
      case .numbers(let count):
        gigabytes = (Double(4 * count) / seconds / 1e9).short
        share = (Double(4 * count) / seconds / 1e9 / bandwidth).short
      case .views(let count):
        views = (Double(count) / seconds).short
      }
    }

    enum CodingKeys: String, CodingKey {
      case name = "kernel"
      case shape
      case milliseconds = "ms"
      case gigaflops = "gflops"
      case gigabytes = "gb_per_s"
      case views = "views_per_s"
      case share = "share_of_limit"
    }
  }
}
