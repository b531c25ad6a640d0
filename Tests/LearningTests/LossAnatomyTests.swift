import Base
import Glibc
import Learning
import Tensors
import Testing

/// The loss taken apart against Eq. 1 in double precision, term by term.
@Suite("Loss anatomy")
struct LossAnatomyTests {
  @Test(
    "similarities, probabilities and losses are those of the equation", arguments: [2, 3, 8],
    NTXent.Form.allCases)
  func equation(images: Int, form: NTXent.Form) throws {
    let (rows, width, temperature) = (2 * images, 5, Float(0.2))
    var random = RandomStream(seed: UInt64(images))
    let z = Tensor([rows, width], (0..<rows * width).map { _ in random.normal() })
    let run = Run(seed: 0)
    let anatomy = try LossAnatomy(
      of: z, function: NTXent(temperature: temperature, form: form), run: run)
    func cosine(_ i: Int, _ k: Int) -> Double {
      let a = (0..<width).map { Double(z[i * width + $0]) }
      let b = (0..<width).map { Double(z[k * width + $0]) }
      func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
    }
    var total = 0.0
    for i in 0..<rows {
      let terms = (0..<rows).map { $0 == i ? 0 : exp(cosine(i, $0) / Double(temperature)) }
      let sum = terms.reduce(0, +) + (form == .published ? terms[(i + images) % rows] : 0)
      for k in 0..<rows {
        #expect(abs(anatomy.similarities[i * rows + k] - cosine(i, k)) < 1e-6)
        #expect(abs(anatomy.probabilities[i * rows + k] - terms[k] / sum) < 1e-5)
      }
      let loss = -log(terms[(i + images) % rows] / sum)
      #expect(abs(anatomy.losses[i] - loss) < 1e-5)
      total += loss / Double(rows)
    }
    #expect(abs(anatomy.loss - total) < 1e-5)
    let trained = try NTXent(temperature: temperature, form: form)(z, pass: Pass())
    #expect(abs(anatomy.loss - trained.loss) < 1e-5)
    #expect(anatomy.gradient.elements == trained.gradient.elements)
  }

  @Test("odd rows, one pair, and what is no number are refused")
  func refused() throws {
    let run = Run(seed: 0)
    for shape in [[3, 4], [2, 4]] {
      #expect(throws: LossAnatomyError.pairs(rows: shape[0])) {
        try LossAnatomy(of: Tensor(shape, filledWith: 1), function: NTXent(temperature: 1), run: run)
      }
    }
    let z = Tensor([4, 2], [1, 0, 0, 1, 1, .nan, 0, 1])
    #expect(throws: LossAnatomyError.notFinite) {
      try LossAnatomy(of: z, function: NTXent(temperature: 1), run: run)
    }
  }
}
