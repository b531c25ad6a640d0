import Base
import Tensors
import Testing

@Suite("Products")
struct ProductTests {
  @Test(
    "products agree with sums in double precision",
    // The last two are large enough to be cut into blocks, one for each way.
    arguments: [(1, 1, 1), (3, 7, 5), (65, 33, 129), (130, 257, 40), (577, 131, 197), (133, 150, 519)])
  func agrees(m: Int, n: Int, k: Int) {
    var random = RandomStream(seed: 7)
    let pass = Pass()
    for (turnA, turnB) in [(false, false), (true, false), (false, true), (true, true)] {
      let a = Tensor(turnA ? [k, m] : [m, k], (0..<m * k).map { _ in random.normal() })
      let b = Tensor(turnB ? [n, k] : [k, n], (0..<n * k).map { _ in random.normal() })
      let c = product(a, transposeA: turnA, b, transposeB: turnB, pass: pass)
      let sum = Tensor([m, n], filledWith: 3)
      multiply(a, transposeA: turnA, b, transposeB: turnB, alpha: 0.5, into: sum, beta: 2, pass: pass)
      #expect(zip(sum.elements, c.elements).allSatisfy { abs($0 - (6 + 0.5 * $1)) < 2e-4 })
      var worst = 0.0
      for i in 0..<m {
        for j in 0..<n {
          var sum = 0.0
          for l in 0..<k {
            sum += Double(a[turnA ? l * m + i : i * k + l]) * Double(b[turnB ? j * k + l : l * n + j])
          }
          worst = max(worst, abs(sum - Double(c[i * n + j])))
        }
      }
      #expect(worst < 1e-5 * Double(k).squareRoot() * 4, "transposes \(turnA), \(turnB)")
    }
  }

  @Test("the bits do not depend on the number of workers")
  func deterministic() {
    var random = RandomStream(seed: 3)
    for (m, n, k) in [(300, 150, 200), (700, 150, 200), (150, 200, 700)] {
      let a = Tensor([m, k], (0..<m * k).map { _ in random.normal() })
      let turned = Tensor([k, m], (0..<m * k).map { _ in random.normal() })
      let b = Tensor([k, n], (0..<k * n).map { _ in random.normal() })
      func products(_ workers: Int) -> [Float] {
        let pass = Pass(workers: Workers(count: workers))
        return product(a, b, pass: pass).elements + product(turned, transposeA: true, b, pass: pass).elements
      }
      let one = products(1)
      for count in [2, 3, 8] { #expect(products(count) == one) }
    }
  }
}

@Suite("Workers")
struct WorkersTests {
  @Test("every item is done once", arguments: [1, 2, 5])
  func coverage(workers: Int) {
    let pool = Workers(count: workers)
    for items in [0, 1, 2, 17, 1000] {
      let seen = UnsafeMutablePointer<Int>.allocate(capacity: max(1, items))
      defer { seen.deallocate() }
      seen.update(repeating: 0, count: max(1, items))
      pool.forEach(items) { item, worker in
        #expect(worker < workers)
        seen[item] += 1
      }
      #expect((0..<items).allSatisfy { seen[$0] == 1 })
    }
  }

  @Test("a loop inside a loop runs on its own worker")
  func nested() {
    let pool = Workers(count: 2)
    let sums = UnsafeMutablePointer<Int>.allocate(capacity: 8)
    defer { sums.deallocate() }
    sums.update(repeating: 0, count: 8)
    pool.forEach(8) { outer, _ in pool.forEach(5) { inner, _ in sums[outer] += inner } }
    #expect((0..<8).allSatisfy { sums[$0] == 10 })
  }

  @Test("after an interrupt the rest is skipped, and no result comes out")
  func interrupt() {
    let run = Run(workers: Workers(count: 1))
    var done = 0
    #expect(throws: Interrupted.self) {
      try run.forEach(100) { item, _ in
        done += 1
        if item == 9 { run.interrupt.request() }
      }
    }
    #expect(done == 10)
    #expect(throws: Interrupted.self) { try run.checkInterrupt() }
    var isBegun = false
    #expect(throws: Interrupted.self) { try run.pass { _ in isBegun = true } }
    #expect(!isBegun)
  }

  @Test("an error that cut numbers led to is an interrupt")
  func errorOfCutNumbers() throws {
    let run = Run()
    #expect(throws: InputError.self) { try run.pass { _ in throw InputError("of its own") } }
    #expect(throws: Interrupted.self) {
      try run.pass { _ in
        run.interrupt.request()
        throw InputError("not a number")
      }
    }
    run.interrupt.clear()
    #expect(try run.pass { $0.isCut ? 0 : 7 } == 7)
  }

  @Test("an interrupt can be set to come after some looks")
  func countdown() {
    let interrupt = Interrupt()
    interrupt.request(afterLooks: 2)
    #expect(interrupt.looksLeft == 2)
    #expect([interrupt.isRequested, interrupt.isRequested, interrupt.isRequested] == [false, false, true])
    #expect(interrupt.looksLeft == 0 && interrupt.isRequested)
    interrupt.clear()
    #expect(!interrupt.isRequested && interrupt.looksLeft == 0)
  }
}

@Suite("Random streams")
struct RandomStreamTests {
  @Test("moments of the uniform and the normal draws")
  func moments() {
    var random = RandomStream(seed: 1)
    let count = 200_000
    let uniform = (0..<count).map { _ in Double(random.uniform()) }
    let normal = (0..<count).map { _ in Double(random.normal()) }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(count) }
    #expect(abs(mean(uniform) - 0.5) < 0.003)
    #expect(abs(mean(uniform.map { $0 * $0 }) - 1.0 / 3) < 0.003)
    #expect(abs(mean(normal)) < 0.01)
    #expect(abs(mean(normal.map { $0 * $0 }) - 1) < 0.015)
    #expect(abs(mean(normal.map { $0 * $0 * $0 * $0 }) - 3) < 0.1)
  }

  @Test("streams differ by seed, name and index, and repeat")
  func streams() {
    func first(_ seed: UInt64, _ name: String, _ indices: [Int]) -> UInt64 {
      var stream = RandomStream(seed: seed, name: name, indices: indices)
      return stream.next()
    }
    #expect(first(1, "crop", [3, 0]) == first(1, "crop", [3, 0]))
    let others = [
      first(1, "crop", [3, 0]), first(2, "crop", [3, 0]), first(1, "flip", [3, 0]), first(1, "crop", [0, 3]),
      first(1, "crop", [3, 1]), first(1, "crop", [3]),
    ]
    #expect(Set(others).count == others.count)
  }

  @Test("a permutation holds every index once")
  func permutation() {
    var random = RandomStream(seed: 5)
    let order = random.permutation(1000)
    #expect(order.sorted() == Array(0..<1000))
    #expect(order != Array(0..<1000))
  }
}

@Suite("Buffers")
struct BufferTests {
  @Test("a buffer is used again, and a tensor made from it is filled")
  func reuse() {
    var address: UnsafeMutablePointer<Float>?
    do { address = Tensor([123, 457]).pointer }
    let again = Tensor([123, 457])
    #expect(again.pointer == address)
    #expect(again.elements.allSatisfy { $0 == 0 })
  }

  @Test("finite means every element is", arguments: [1, 7, 8, 9, 100])
  func finite(count: Int) {
    for bad in [Float.nan, .infinity, -.infinity] {
      for place in [0, count / 2, count - 1] {
        let tensor = Tensor([count], filledWith: 3e38)
        #expect(tensor.isFinite)
        tensor[place] = bad
        #expect(!tensor.isFinite)
      }
    }
  }
}
