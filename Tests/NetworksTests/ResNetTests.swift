import Base
import Networks
import Tensors
import Testing

@Suite("ResNet")
struct ResNetTests {
  @Test("has torchvision's number of parameters")
  func parameters() throws {
    // torchvision's models without their last layer, which has 512·1000 + 1000, or 2048·1000 + 1000.
    for (depth, stem, count) in [
      (ResNet.Depth.resnet18, ResNet.Stem.imagenet, 11_689_512 - 513_000), (.resnet18, .cifar, 11_168_832),
      (.resnet34, .imagenet, 21_797_672 - 513_000), (.resnet50, .imagenet, 23_508_032),
    ] {
      let network = try Network(.resnet(depth, stem: stem, size: 64))
      #expect(State(of: network).parameterCount == count)
      #expect(network.description.parameterCount == count)
    }
  }

  @Test("gives 8·width numbers for each picture, and its plan says so", arguments: ResNet.Stem.allCases)
  func shapes(stem: ResNet.Stem) throws {
    for size in [stem.smallestSize, 33, 40] {
      let network = try Network(.resnet(.resnet18, stem: stem, width: 3, size: size))
      let plan = network.description.plan
      var tape = Tape(pass: Pass(), mode: .evaluation)
      let y = network.forward(random([2, size, size, 3], seed: 1), saving: &tape)
      #expect(y.shape == [2, 24])
      #expect(y.isFinite)
      #expect(plan.last?.outputShape == [24])
      #expect(network.outputWidth == 24)
      // One stride of the stem each, and one in each of the last three stages; halves are rounded up.
      var side = size
      for _ in 0..<(stem == .cifar ? 3 : 5) { side = (side + 1) / 2 }
      #expect(plan.dropLast().last?.outputShape == [side, side, 24])
    }
  }

  @Test("weights come from the seed")
  func seeds() throws {
    func first(_ seed: UInt64) throws -> [Float] {
      State(of: try Network(.resnet(.resnet18, width: 4), seed: seed)).entries.flatMap(
        \.entry.tensor.elements)
    }
    #expect(try first(1) == first(1))
    #expect(try first(1) != first(2))
    // Variance 2/(9·out) in each kernel of the last stage.
    let state = State(of: try Network(.resnet(.resnet18, width: 16), seed: 5))
    let kernel = try #require(state.entries.first { $0.name == "layer4.1.conv2.weight" }).entry.tensor
      .elements
    let variance = kernel.reduce(0) { $0 + Double($1) * Double($1) } / Double(kernel.count)
    #expect(abs(variance * 9 * 128 / 2 - 1) < 0.02)
  }

  @Test("what cannot be built is an error that says what is wrong")
  func errors() {
    func refused(_ error: ResNetError, _ stem: ResNet.Stem, _ width: Int, _ size: Int) {
      #expect(throws: error) {
        try NetworkDescription.resnet(.resnet50, stem: stem, width: width, size: size)
      }
    }
    for width in [0, -1, .max, .min] { refused(.width(width, 1...1024), .cifar, width, 32) }
    refused(.width(.min, 1...1024), .cifar, .min, .min)
    refused(.small(7, .cifar), .cifar, 64, 7)
    for size in [31, -5] { refused(.small(size, .imagenet), .imagenet, 64, size) }
    refused(.large(.max, most: 2048), .cifar, 64, .max)
  }
}
