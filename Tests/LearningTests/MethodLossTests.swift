import Foundation
import Learning
import Tensors
import Testing

/// Values and gradients of the losses of other libraries (`Fixtures/method-losses.json`).
private struct References: Decodable {
  struct Case: Decodable {
    let name: String
    let value: Double?
    let gradients: [String: [[Double]]]?
    let inputs: [String: String]?
    let result: [[Double]]?
    let resultOneIteration: [[Double]]?
    let weights: [Double]?
    let centerAfter: [Double]?
    let target: [[Double]]?
  }
  /// Rows of numbers, or a row.
  enum Numbers: Decodable {
    case rows([[Double]])
    case row([Double])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let rows = try? container.decode([[Double]].self) {
        self = .rows(rows)
      } else {
        self = .row(try container.decode([Double].self))
      }
    }
  }

  let tensors: [String: Numbers]
  let cases: [Case]

  static let shared: References = {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/method-losses.json")
    return try! JSONDecoder().decode(References.self, from: Data(contentsOf: path))
  }()

  static func tensor(_ name: String) -> Tensor {
    switch shared.tensors[name]! {
    case .rows(let rows): Tensor([rows.count, rows[0].count], rows.flatMap { $0.map { Float($0) } })
    case .row(let row): Tensor([row.count], row.map { Float($0) })
    }
  }

  static func named(_ name: String) -> Case { shared.cases.first { $0.name == name }! }
}

private func expectEqual(_ found: Tensor, _ expected: [[Double]], _ what: String) {
  let numbers = expected.flatMap { $0 }
  #expect(found.count == numbers.count)
  let scale = max(1, numbers.map(abs).max() ?? 1)
  for (a, b) in zip(found.elements, numbers) where abs(Double(a) - b) > 1e-5 * scale {
    Issue.record("\(what): \(a) instead of \(b)")
    return
  }
}

private func expect(
  _ name: String, _ loss: Double, _ gradients: [String: Tensor], factor: Double = 1
) {
  let reference = References.named(name)
  let value = reference.value! * factor
  #expect(abs(loss - value) < 1e-5 * max(1, abs(value)), "\(name): \(loss) instead of \(value)")
  for (input, found) in gradients {
    expectEqual(found, reference.gradients![input]!.map { $0.map { $0 * factor } }, "\(name) by \(input)")
  }
}

@Suite("Losses of methods beside other libraries")
struct MethodLossTests {
  private let pass = Pass()
  private var za: Tensor { References.tensor("za") }
  private var zb: Tensor { References.tensor("zb") }

  @Test("BYOL's and SimSiam's")
  func cosine() {
    let byol = CosineLoss(factor: 2)(za, target: zb, pass: pass)
    expect("byol-term", 2 - 2 * byol.cosine, ["p": byol.gradient])
    let simsiam = CosineLoss(factor: 1)(za, target: zb, pass: pass)
    expect("simsiam-term", -simsiam.cosine, ["p": simsiam.gradient])
    // Without a stopped gradient the target has one too, and the loss is the same from its side.
    let other = CosineLoss(factor: 1)(zb, target: za, pass: pass)
    expect("negcos-nostop", -simsiam.cosine, ["p": simsiam.gradient, "z": other.gradient])
  }

  @Test("MoCo's with a queue")
  func queue() {
    let queue = normalised(References.tensor("bank"), pass: pass).unit
    let result = QueueLoss(temperature: 0.2)(za, keys: zb, queue: queue, pass: pass)
    expect("moco-bank-lightly", result.loss, ["q": result.gradient])
  }

  @Test("contrast within a batch: MoCo v3's and NNCLR's")
  func batch() {
    let keys = BatchContrastLoss(temperature: 0.2, side: .keys)(za, against: zb, pass: pass)
    expect("mocov3-term", keys.loss, ["q": keys.gradient])
    let neighbours = BatchContrastLoss(temperature: 0.2, side: .predictions)(
      zb, against: References.tensor("nn"), pass: pass)
    expect("nnclr-solo", neighbours.loss, ["p": neighbours.gradient])
  }

  @Test("Barlow Twins'")
  func barlow() {
    let one = BarlowTwinsLoss(lambda: 0.005)(za, zb, pass: pass)
    expect("barlow-lightly", one.loss, ["a": one.gradients[0], "b": one.gradients[1]])
    let other = BarlowTwinsLoss(lambda: 0.0051, scale: 0.1)(za, zb, pass: pass)
    expect("barlow-solo", other.loss, ["a": other.gradients[0], "b": other.gradients[1]])
  }

  @Test("VICReg's, with the variance counted as in the paper and as in the authors' code")
  func vicreg() {
    let small = References.tensor("small")
    let halved = VICRegLoss(varianceShare: 0.5)(za, small, pass: pass)
    expect("vicreg-lightly", halved.loss, ["a": halved.gradients[0], "b": halved.gradients[1]])
    let whole = VICRegLoss()(za, small, pass: pass)
    expect("vicreg-solo", whole.loss, ["a": whole.gradients[0], "b": whole.gradients[1]])
    #expect(abs(whole.parts.invariance - 1.311675833) < 1e-5)
    #expect(abs(whole.parts.variance - 0.2347790232 - 0.2339129965) < 1e-5)
    #expect(abs(whole.parts.covariance - 0.3394392631 - 0.1840259215) < 1e-5)
  }

  @Test("SwAV's codes and loss, with small views and with a queue")
  func swapped() {
    let scores = ["sc0", "sc1", "sc2"].map { References.tensor($0) }
    let reference = References.named("sinkhorn")
    expectEqual(SwappedLoss().codes(scores[0]), reference.result!, "codes")
    expectEqual(
      SwappedLoss(iterations: 1).codes(scores[0]), reference.resultOneIteration!, "codes of one iteration")
    let loss = SwappedLoss()
    let three = loss(scores, codes: [loss.codes(scores[0]), loss.codes(scores[1])])
    for name in ["swav-lightly", "swav-solo"] {
      expect(
        name, three.loss, ["v0": three.gradients[0], "v1": three.gradients[1], "v2": three.gradients[2]])
    }
    let queues = ["queueScores0", "queueScores1"].map { References.tensor($0) }
    let two = loss(
      Array(scores[..<2]), codes: (0..<2).map { loss.codes(scores[$0], queue: queues[$0]) })
    expect("swav-queue-lightly", two.loss, ["v0": two.gradients[0], "v1": two.gradients[1]])
  }

  @Test("DINO's, and the centre that it moves to")
  func distillation() {
    let student = ["st0", "st1", "st2"].map { References.tensor($0) }
    let teacher = ["te0", "te1"].map { References.tensor($0) }
    let centre = References.tensor("center").reshaped([5])
    let loss = DistillationLoss(teacherTemperature: 0.07)
    let three = loss(student, teacher: teacher, centre: centre)
    expect(
      "dino-lightly", three.loss,
      ["s0": three.gradients[0], "s1": three.gradients[1], "s2": three.gradients[2]])
    let two = loss(Array(student[..<2]), teacher: teacher, centre: centre)
    expect("dino-solo", two.loss, ["s0": two.gradients[0], "s1": two.gradients[1]])
    loss.move(centre, by: teacher)
    for name in ["dino-lightly", "dino-solo"] {
      expectEqual(centre.reshaped([1, 5]), [References.named(name).centerAfter!], "centre")
    }
  }

  @Test("SupCon's, outside and inside the logarithm")
  func supervised() {
    let labels = [0, 1, 0, 2, 1, 0, 0, 1, 0, 2, 1, 0]
    let z = References.tensor("z12")
    let outside = SupConLoss(temperature: 0.2)(z, labels: labels, pass: pass)
    expect("supcon-out", outside.loss, ["z": outside.gradient])
    let inside = SupConLoss(temperature: 0.2, form: .inside)(z, labels: labels, pass: pass)
    expect("supcon-solo", inside.loss, ["z": inside.gradient])
  }

  @Test("the decoupled loss, plain and weighted")
  func decoupled() {
    let z = Tensor([12, 4], za.elements + zb.elements)
    for (name, sigma) in [("dcl-lightly", nil), ("dclw-lightly", Float(0.5))] {
      let result = DecoupledLoss(temperature: 0.1, sigma: sigma)(z, pass: pass)
      expect(
        name, result.loss,
        ["a": result.gradient.rows(0..<6), "b": result.gradient.rows(6..<12)])
    }
  }

  @Test("a masked autoencoder's")
  func patches() {
    let reference = References.named("mae-solo")
    let target = Tensor([4, 12], reference.target!.flatMap { $0.map { Float($0) } })
    let isHidden = References.tensor("mask").elements.map { $0 == 1 }
    let result = PatchLoss()(References.tensor("patches"), target: target, isHidden: isHidden)
    expect("mae-solo", result.loss, ["pred": result.gradient])
  }

  @Test("NT-Xent")
  func ntXent() throws {
    let result = try NTXent(temperature: 0.5)(Tensor([12, 4], za.elements + zb.elements), pass: pass)
    expect(
      "ntxent-lightly", result.loss,
      ["a": result.gradient.rows(0..<6), "b": result.gradient.rows(6..<12)])
  }
}
