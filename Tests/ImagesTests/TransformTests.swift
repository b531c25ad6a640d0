import Images
import Tensors
import Testing

/// Every transform with fixed parameters against torchvision's numbers, element by element.
@Suite struct TransformTests {
  struct Reference: Decodable {
    struct Case: Decodable, CustomTestStringConvertible {
      let kind: String
      let parameters: [String: Float]
      let side: Int
      let output: [Float]
      var testDescription: String { "\(kind) \(parameters.sorted { $0.key < $1.key })" }
    }
    let side: Int
    let input: [UInt8]
    let cases: [Case]
  }

  static let reference = try! Fixtures.decode("transforms.json", as: Reference.self)

  @Test("agrees with torchvision", arguments: reference.cases)
  func transform(_ test: Reference.Case) throws {
    let side = TransformTests.reference.side
    let input = TransformTests.reference.input
    let most = 3 * planeStride(max(side, test.side))
    let planes = Tensor([most])
    for (place, value) in input.enumerated() {
      planes[place % 3 * planeStride(side) + place / 3] = Float(value) / 255
    }
    let picture = Planes(planes.pointer, side: side)
    var results = [planes]
    let factor = test.parameters["factor"] ?? 0
    switch test.kind {
    case "brightness": adjustBrightness(picture, factor)
    case "contrast": adjustContrast(picture, factor)
    case "saturation": adjustSaturation(picture, factor)
    case "hue": adjustHue(picture, factor)
    case "grey": makeGrey(picture)
    case "blur":
      let (spare, line) = (Tensor([side * side]), Tensor([64]))
      for channel in 0..<3 {
        blur(
          planes.pointer + channel * planeStride(side), side: side,
          sigma: try #require(test.parameters["sigma"]),
          window: Int(try #require(test.parameters["window"])), spare: spare.pointer, line: line.pointer,
          weights: line.pointer + 40)
      }
    case "crop":
      func number(_ name: String) throws -> Int { Int(try #require(test.parameters[name])) }
      let region = Region(
        top: try number("top"), left: try number("left"), height: try number("height"),
        width: try number("width"))
      let (fromPlanes, fromBytes) = (Tensor([most]), Tensor([most]))
      Resampler().resize(planes.pointer, width: side, region: region, to: test.side, into: fromPlanes.pointer)
      Resampler().resize(input, width: side, region: region, to: test.side, into: fromBytes.pointer)
      results = [fromPlanes, fromBytes]
    default: Issue.record("no transform is called \(test.kind)")
    }
    for result in results {
      let stride = planeStride(test.side)
      var worst = (difference: Float(0), place: 0)
      for (place, expected) in test.output.enumerated() {
        let difference = abs(result[place % 3 * stride + place / 3] - expected)
        if !(difference <= worst.difference) { worst = (difference, place) }
      }
      #expect(test.output.count == 3 * test.side * test.side)
      #expect(worst.difference < 2e-6, "worst at \(worst.place)")
    }
  }

  @Test("a filter table serves one size after another")
  func sizesInTurn() {
    let resampler = Resampler()
    let bytes = [UInt8](repeating: 51, count: 40 * 40 * 3)
    for (from, to) in [(40, 8), (8, 40), (40, 13), (1, 40), (40, 1), (7, 7)] {
      let planes = Tensor([3 * planeStride(to)])
      resampler.resize(
        bytes, width: 40, region: Region(top: 0, left: 0, height: from, width: from), to: to,
        into: planes.pointer)
      let values = (0..<3).flatMap { channel in
        (0..<to * to).map { planes[channel * planeStride(to) + $0] }
      }
      #expect(values.allSatisfy { abs($0 - 0.2) < 1e-6 }, "\(from) to \(to)")
    }
  }

  @Test(
    "the kernels leave no pixel out and touch none twice at sizes that are no multiple of eight",
    arguments: 1...20)
  func tails(side: Int) {
    let planes = Tensor([3 * planeStride(side)], filledWith: 0.25)
    adjustBrightness(Planes(planes.pointer, side: side), 2)
    for channel in 0..<3 {
      for place in 0..<side * side { #expect(planes[channel * planeStride(side) + place] == 0.5) }
    }
  }
}
