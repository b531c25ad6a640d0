import ArgumentParser
import Base
import FoundationEssentials
import Glibc
import Jupyter
import Machines
import Tensors

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what is installed, what the machine is, and what is missing.")

  func run() {
    var isWell = true
    func report(_ name: String, _ value: String, ok: Bool = true, advice: String? = nil) {
      print("\(ok ? "✓" : "✗") \(name): \(value)")
      if !ok {
        isWell = false
        if let advice { print("    \(advice)") }
      }
    }
    report("contrast", "\(Contrast.version) at \(KernelSpec.currentExecutable() ?? "unknown")")
    report("CPU", Processor.name)
    report(
      "workers", Workers.problem ?? workers, ok: Workers.problem == nil,
      advice: "write CONTRAST_WORKERS=\(Cores.usable), or unset it")
    if let available = MachineMemory.available {
      report("memory", "\(sized(available)) free for this process")
    }
    report("BLAS", blasDescription)
    let speed = Double(Int(measuredProductSpeed() * 10)) / 10
    report("products", "\(speed) GFLOP/s for 1,024³ on all workers")
    let kernels = KernelSpec.installed(prefix: Bundle.prefix).filter { $0.language == "contrast" }
    if kernels.isEmpty {
      report("kernel", "not installed where Jupyter looks", ok: false, advice: "run: contrast install")
    }
    for kernel in kernels {
      report(
        "kernel",
        "\(kernel.name) (\(kernel.displayName)) in \(kernel.directory)"
          + (kernel.problem.map { ": \($0)" } ?? ""),
        ok: kernel.problem == nil, advice: "run: contrast install --name \(kernel.name)")
    }
    let path = KernelSpec.processEnvironment("PATH") ?? ""
    func found(_ program: String) -> String? {
      path.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }
    report(
      "jupyter", found("jupyter") ?? "not on the path", ok: found("jupyter") != nil,
      advice: "run: python3 -m pip install jupyterlab")
    report(
      "curl", found("curl") ?? "not on the path", ok: found("curl") != nil,
      advice: "load cifar10 downloads with it; install the package curl")
    report("MPI", Crew.description)
    if !isWell { Glibc.exit(1) }
  }

  private var workers: String {
    let cores = Cores.usable
    let (count, asked) = (Workers.shared.count, Workers.asked)
    let why =
      count < asked ?? cores
      ? "a limit on the memory of processes leaves room for no more"
      : asked != nil
        ? "as CONTRAST_WORKERS says"
        : "one for each core that this process may use; CONTRAST_WORKERS sets another number"
    return "\(count) of \(counted(cores, "core")): \(why)"
  }

  /// GFLOP/s of one large product, the best of three.
  private func measuredProductSpeed() -> Double {
    let side = 1024
    let a = Tensor([side, side], filledWith: 1)
    let c = Tensor([side, side])
    let pass = Pass()
    let clock = ContinuousClock()
    let best = (0..<4).map { _ in clock.measure { multiply(a, a, into: c, pass: pass) } }.min()!
    return 2 * Double(side * side * side) / (best / .seconds(1)) / 1e9
  }
}
