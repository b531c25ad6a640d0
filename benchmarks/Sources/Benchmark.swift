// benchmark: what the engine reaches on this machine, as JSON lines. `scripts/bench` runs it beside PyTorch; a developer
// runs it alone to see whether a change of a kernel paid. It holds no algorithm of its own, and is not installed.
//
// Start reading at `StepCommand.swift`, then `Kernels.swift`.

import ArgumentParser

@main
struct Benchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark", abstract: "Measures the engine of Contrast, as JSON lines.",
    discussion: "Works on all cores, or as many as CONTRAST_WORKERS says. Run it on an idle machine.",
    subcommands: [
      StepCommand.self, EpochCommand.self, AugmentCommand.self, AnalysisCommand.self, KernelsCommand.self,
      PeakCommand.self,
    ])
}
