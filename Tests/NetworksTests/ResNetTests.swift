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

  @Test("what cannot be built is an error that says what can")
  func errors() {
    for (stem, width, size, option) in [
      (ResNet.Stem.cifar, 0, 32, "width"), (.cifar, -1, 32, "width"), (.cifar, .max, 32, "width"),
      (.cifar, 64, 7, "size"), (.imagenet, 64, 31, "size"), (.imagenet, 64, -5, "size"),
      (.cifar, 64, .max, "size"), (.cifar, .min, .min, "width"),
    ] {
      let error = #expect(throws: InputError.self) {
        try NetworkDescription.resnet(.resnet50, stem: stem, width: width, size: size)
      }
      #expect(error?.option == option)
      #expect(error?.advice?.isEmpty == false)
    }
  }
}
