import Base
import Glibc
import Images
import Networks
import Synchronization
import Tensors
import Testing

import Learning

/// Threads that stand for processes.
private final class ThreadTeam: Team {
  let rank: Int
  let size: Int
  let isTogether = true
  let members: [TeamMember] = []
  private let table: Table

  final class Table: Sendable {
    let state = Mutex((given: [Int: [Float]](), result: [Float](), turn: 0, taken: 0))
  }

  init(rank: Int, size: Int, _ table: Table) { (self.rank, self.size, self.table) = (rank, size, table) }

  func meet(_ numbers: [Float], interrupt: Interrupt, _ join: ([[Float]]) -> [Float]) throws -> [Float] {
    let turn = table.state.withLock { state in
      state.given[rank] = numbers
      let turn = state.turn
      if state.given.count == size {
        state.result = join((0..<size).map { state.given[$0]! })
        (state.given, state.turn, state.taken) = ([:], turn + 1, 0)
      }
      return turn
    }
    while true {
      if let result = table.state.withLock({ $0.turn > turn ? $0.result : nil }) { return result }
      usleep(100)
    }
  }
}

@Suite("Training divided among processes") struct TeamTests {
  @Test("any number of processes gives the bits of one", arguments: methodCases.map(\.name))
  func bits(name: String) throws { try check(name, on: .resnet(.resnet18, stem: .cifar, width: 2, size: 16)) }

  @Test(
    "of transformers too, whose dropout is drawn by portion",
    arguments: ["simclr-vit", "byol", "moco", "barlow"])
  func bitsOfTransformers(name: String) throws {
    try check(name, on: .vit(.standard, layers: 1, heads: 2, width: 16, patch: 8, size: 16, dropout: 0.2))
  }

  private func check(_ name: String, on description: NetworkDescription) throws {
    let alone = try trained(name, description, processes: 1, workers: 2)[0]
    #expect(!alone.isEmpty && alone.allSatisfy(\.isFinite))
    for processes in [2, 4] {
      for weights in try trained(name, description, processes: processes, workers: 1) {
        #expect(weights == alone, "\(processes) processes")
      }
    }
  }

  @Test("chunks that do not divide are refused before any work")
  func refused() throws {
    for (portions, processes) in [(6, 4), (6, 2), (2, 4)] {
      #expect(throws: TrainingError.chunksAmongProcesses(chunks: portions, processes: processes, batch: 12)) {
        _ = try Division(portions, batch: 12, among: (0, processes))
      }
    }
    #expect(try Division(6, batch: 12, among: (1, 3)).own == 2..<4)
    #expect(try Division(1, batch: 12, among: (1, 3)).own == 0..<1)
  }

  /// Weights and statistics of each process after its training.
  private func trained(
    _ name: String, _ description: NetworkDescription, processes: Int, workers: Int
  ) throws -> [[Float]] {
    let table = ThreadTeam.Table()
    let results = Mutex([[Float]](repeating: [], count: processes))
    let images = try shapes(48).train
    let threads = try (0..<processes).map { rank in
      try NativeThread(named: "process \(rank)", stack: 8 << 20) {
        do {
          var random = RandomStream(seed: 1)
          let encoder = try Network(ownEncoder(of: name) ?? description, random: &random)
          let method: any Method =
            name == "simclr-vit"
            ? SimCLRMethod(head: plainHead(encoder, &random), loss: try NTXent(temperature: 0.5))
            : try methodCases.first { $0.name == name }!.make(encoder, &random)
          let model = ContrastiveModel(encoder: encoder, method: method, augmentation: .simclr)
          var plan = plan(epochs: 2, batch: 16)
          plan.chunk = 4
          let team = processes == 1 ? nil : ThreadTeam(rank: rank, size: processes, table)
          try train(
            model, on: images, plan: plan, run: Run(seed: 3, workers: Workers(count: workers), team: team))
          let numbers = weights(model)
          results.withLock { $0[rank] = numbers }
        } catch {
          Issue.record(error)
        }
      }
    }
    for thread in threads { thread.join() }
    return results.withLock { $0 }
  }
}
