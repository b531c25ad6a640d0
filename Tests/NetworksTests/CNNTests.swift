import Base
import Networks
import Tensors
import Testing

@Suite("CNN")
struct CNNTests {
  @Test("all gradients agree with central differences", arguments: [(2, 8), (3, 11)])
  func gradients(width: Int, size: Int) throws {
    var stream = RandomStream(seed: 4)
    let network = try Network(.cnn(width: width, size: size), random: &stream)
    let error = worstGradientError(
      of: network, at: random([3, size, size, 3], seed: 5), kinks: true, checkInput: false)
    #expect(error.relative < 3e-2, "worst in \(error.name)")
    #expect(error.skipped < 0.2)
  }

  @Test("the plan tells the shapes and counts that the network has")
  func plan() throws {
    var stream = RandomStream(seed: 1)
    let network = try Network(.cnn(width: 8, size: 30), random: &stream)
    #expect(
      network.description.plan.map(\.outputShape) == [
        [30, 30, 8], [15, 15, 16], [8, 8, 32], [4, 4, 64], [64],
      ])
    var tape = Tape(pass: Pass(), mode: .evaluation)
    #expect(network.forward(Tensor([2, 30, 30, 3]), saving: &tape).shape == [2, network.outputWidth])
  }

  @Test("widths and sizes out of bounds are refused", arguments: [(0, 32), (2000, 32), (8, 4), (8, 4000)])
  func refused(width: Int, size: Int) {
    var stream = RandomStream(seed: 1)
    #expect(throws: CNNError.self) { try Network(.cnn(width: width, size: size), random: &stream) }
  }
}
