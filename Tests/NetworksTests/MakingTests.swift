import Base
import Networks
import Tensors
import Testing

@Suite("Making a network")
struct MakingTests {
  private static let networks: [@Sendable (inout RandomStream) throws -> any Encoder] = [
    { try Network(.resnet(.resnet34, width: 192), random: &$0) },
    { try Network(.cnn(width: 384), random: &$0) },
    { try Network(.vit(.standard, layers: 40, heads: 8, width: 768, patch: 4, size: 32), random: &$0) },
    { try Network(.vit(layers: 24), random: &$0) },
  ]

  @Test("stops at an interrupt in the middle of its weights", arguments: networks.indices)
  func interrupted(network: Int) throws {
    let interrupt = Interrupt()
    var random = Run(interrupt: interrupt).random("network")
    // Within the first large layer of each.
    interrupt.request(afterLooks: 20)
    #expect(throws: Interrupted.self) { _ = try Self.networks[network](&random) }
  }

  @Test("looks for an interrupt many times within the weights of a layer")
  func looks() {
    let (interrupt, many) = (Interrupt(), 1 << 40)
    var random = Run(interrupt: interrupt).random("network")
    interrupt.request(afterLooks: many)
    Tensor([1 << 20]).draw(from: &random) { $0.uniform() }
    #expect(many - interrupt.looksLeft == 16)
  }

  @Test("draws the same weights whether an interrupt could come or not")
  func sameWeights() throws {
    var (plain, watched) = (RandomStream(seed: 3, name: "cnn", indices: []), Run(seed: 3).random("cnn"))
    let (a, b) = (try Network(.cnn(width: 4), random: &plain), try Network(.cnn(width: 4), random: &watched))
    for (x, y) in zip(State(of: a).entries, State(of: b).entries) {
      #expect(x.entry.tensor.elements == y.entry.tensor.elements)
    }
  }
}
