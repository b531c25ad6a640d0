import Base
import Foundation
import Learning
import Tensors
import Testing

/// Eq. 1 as it is written, in double precision; as published with the positive once more in the denominator.
private func reference(
  _ z: [Double], rows: Int, width: Int, temperature: Double, form: NTXent.Form
) -> Double {
  func unit(_ i: Int) -> [Double] {
    let row = Array(z[i * width..<(i + 1) * width])
    let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return row.map { $0 / norm }
  }
  let units = (0..<rows).map(unit)
  func similarity(_ i: Int, _ j: Int) -> Double {
    zip(units[i], units[j]).reduce(0) { $0 + $1.0 * $1.1 } / temperature
  }
  var total = 0.0
  for i in 0..<rows {
    let partner = i < rows / 2 ? i + rows / 2 : i - rows / 2
    let sum = (0..<rows).filter { $0 != i }.reduce(0) { $0 + exp(similarity(i, $1)) }
    let positive = exp(similarity(i, partner))
    total -= log(positive / (form == .published ? sum + positive : sum))
  }
  return total / Double(rows)
}

private func normals(_ count: Int, seed: UInt64) -> [Float] {
  var random = RandomStream(seed: seed)
  return (0..<count).map { _ in random.normal() }
}

@Suite("NT-Xent")
struct NTXentTests {
  @Test(
    "the loss is Eq. 1", arguments: [(2, 3, 0.5), (6, 5, 0.1), (34, 7, 0.5), (130, 16, 1.0)],
    NTXent.Form.allCases)
  func loss(_ sizes: (rows: Int, width: Int, temperature: Float), form: NTXent.Form) throws {
    let (rows, width, temperature) = sizes
    let z = normals(rows * width, seed: UInt64(rows))
    let result = try NTXent(temperature: temperature, form: form)(Tensor([rows, width], z), pass: Pass())
    let expected = reference(
      z.map(Double.init), rows: rows, width: width, temperature: Double(temperature), form: form)
    #expect(abs(result.loss - expected) < 1e-5 * max(1, expected))
  }

  @Test(
    "the gradient agrees with central differences", arguments: [(4, 3, 0.5), (10, 5, 0.1), (66, 9, 0.3)],
    NTXent.Form.allCases)
  func gradient(_ sizes: (rows: Int, width: Int, temperature: Float), form: NTXent.Form) throws {
    let (rows, width, temperature) = sizes
    let z = normals(rows * width, seed: 9)
    let gradient = try NTXent(temperature: temperature, form: form)(Tensor([rows, width], z), pass: Pass())
      .gradient
      .elements
    let largest = gradient.map(abs).max()!
    var worst = 0.0
    for place in z.indices {
      var moved = z.map(Double.init)
      let step = 1e-5
      moved[place] += step
      let above = reference(moved, rows: rows, width: width, temperature: Double(temperature), form: form)
      moved[place] -= 2 * step
      let below = reference(moved, rows: rows, width: width, temperature: Double(temperature), form: form)
      worst = max(worst, abs((above - below) / (2 * step) - Double(gradient[place])))
    }
    #expect(worst < 1e-4 * Double(largest) + 1e-7, "worst \(worst) of \(largest)")
  }

  @Test("views that agree have the floor, views that say nothing have chance")
  func extremes() throws {
    let count = 8
    // Pairs along axes of their own: similarity 1 to the partner and 0 to all others.
    let pairs = Tensor([2 * count, count])
    for i in 0..<2 * count { pairs[i * count + i % count] = 3 }
    let best = try NTXent(temperature: 0.1)(pairs, pass: Pass())
    #expect(abs(best.loss - log(1 + Double(2 * count - 2) * exp(-10))) < 1e-5)
    #expect(best.top1 == 1)
    let same = try NTXent(temperature: 0.5)(Tensor([2 * count, 4], filledWith: 1), pass: Pass())
    #expect(abs(same.loss - log(Double(2 * count - 1))) < 1e-5)
    #expect(same.gradient.elements.allSatisfy { abs($0) < 1e-6 })
  }

  @Test("as published the floor is ln 2, and chance ln 2N")
  func published() throws {
    let count = 8
    let pairs = Tensor([2 * count, count])
    for i in 0..<2 * count { pairs[i * count + i % count] = 3 }
    let loss = try NTXent(temperature: 0.1, form: .published)
    #expect(abs(loss(pairs, pass: Pass()).loss - log(2 + Double(2 * count - 2) * exp(-10))) < 1e-5)
    #expect(loss.floor == log(2) && loss.chance(batch: count) == log(16))
    let same = loss(Tensor([2 * count, 4], filledWith: 1), pass: Pass())
    #expect(abs(same.loss - log(16)) < 1e-5)
    #expect(same.gradient.elements.allSatisfy { abs($0) < 1e-6 })
  }

  @Test("the bits do not depend on the number of workers")
  func deterministic() throws {
    let z = Tensor([200, 32], normals(6400, seed: 4))
    let loss = try NTXent(temperature: 0.2)
    let one = loss(z, pass: Pass(workers: Workers(count: 1)))
    for workers in [2, 8] {
      let other = loss(z, pass: Pass(workers: Workers(count: workers)))
      #expect(other.loss == one.loss)
      #expect(other.gradient.elements == one.gradient.elements)
    }
  }

  @Test("a temperature that is not above 0 is refused", arguments: [0, -1, Float.nan, .infinity])
  func temperature(_ value: Float) {
    #expect(throws: NTXentError.self) { try NTXent(temperature: value) }
  }

  @Test("projections that overflow have no loss", arguments: [3e38, Float.infinity, .nan])
  func overflow(value: Float) throws {
    let z = Tensor([6, 4], normals(24, seed: 2))
    z[5] = value
    #expect(try !NTXent(temperature: 0.5)(z, pass: Pass()).loss.isFinite)
  }

  @Test("a row of zeros gives a finite gradient")
  func zeros() throws {
    let z = Tensor([6, 4], normals(24, seed: 2))
    for c in 0..<4 { z[c] = 0 }
    let result = try NTXent(temperature: 0.5)(z, pass: Pass())
    #expect(result.loss.isFinite)
  }
}

@Suite("Cross entropy")
struct CrossEntropyTests {
  @Test("loss and gradient agree with the formula", arguments: [(1, 2), (7, 10), (13, 3)])
  func formula(rows: Int, classes: Int) {
    let y = normals(rows * classes, seed: 6)
    let labels = (0..<rows).map { $0 * 7 % classes }
    func loss(_ y: [Double]) -> Double {
      (0..<rows).reduce(0) { sum, row in
        let line = y[row * classes..<(row + 1) * classes]
        return sum + log(line.reduce(0) { $0 + exp($1) }) - y[row * classes + labels[row]]
      } / Double(rows)
    }
    let result = crossEntropy(Tensor([rows, classes], y), labels: labels)
    #expect(abs(result.loss - loss(y.map(Double.init))) < 1e-5)
    for place in y.indices {
      var moved = y.map(Double.init)
      moved[place] += 1e-5
      let above = loss(moved)
      moved[place] -= 2e-5
      #expect(abs((above - loss(moved)) / 2e-5 - Double(result.gradient[place])) < 1e-5)
    }
  }
}
