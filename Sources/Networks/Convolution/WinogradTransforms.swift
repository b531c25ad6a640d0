/// The matrices of Winograd's F(4×4, 3×3) (Lavin and Gray, 2016), each applied to a row of numbers:
/// `Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A` gives the 4×4 outputs Y of a 3×3 kernel g on a 6×6 tile d with 36 products instead
/// of 144. The interpolation points are 0, ±1, ±2 and infinity.
enum WinogradRow {
  typealias Six = (Vector, Vector, Vector, Vector, Vector, Vector)
  typealias Four = (Vector, Vector, Vector, Vector)
  typealias Three = (Vector, Vector, Vector)

  /// `Bᵀd`: six inputs to six frequencies.
  @inline(__always)
  static func input(_ d: Six) -> Six {
    let even = d.4.addingProduct(d.2, Vector(repeating: -4))
    let odd = d.3.addingProduct(d.1, Vector(repeating: -4))
    let even2 = d.4 - d.2
    let odd2 = d.3 - d.1
    return (
      d.4.addingProduct(d.0, Vector(repeating: 4)).addingProduct(d.2, Vector(repeating: -5)),
      even + odd, even - odd,
      even2.addingProduct(odd2, Vector(repeating: 2)), even2.addingProduct(odd2, Vector(repeating: -2)),
      d.5.addingProduct(d.1, Vector(repeating: 4)).addingProduct(d.3, Vector(repeating: -5))
    )
  }

  /// `Aᵀm`: six frequencies to four outputs.
  @inline(__always)
  static func output(_ m: Six) -> Four {
    let (sum1, difference1) = (m.1 + m.2, m.1 - m.2)
    let (sum2, difference2) = (m.3 + m.4, m.3 - m.4)
    return (
      m.0 + sum1 + sum2,
      difference1.addingProduct(difference2, Vector(repeating: 2)),
      sum1.addingProduct(sum2, Vector(repeating: 4)),
      m.5 + difference1.addingProduct(difference2, Vector(repeating: 8))
    )
  }

  /// `A·dy`: the gradients of four outputs to six frequencies.
  @inline(__always)
  static func outputGradient(_ d: Four) -> Six {
    let (even, odd) = (d.0 + d.2, d.1 + d.3)
    let even2 = d.0.addingProduct(d.2, Vector(repeating: 4))
    let odd2 = (d.1 + d.1).addingProduct(d.3, Vector(repeating: 8))
    return (d.0, even + odd, even - odd, even2 + odd2, even2 - odd2, d.3)
  }

  /// `G·g`: three weights to six frequencies.
  @inline(__always)
  static func weight(_ g: Three) -> Six {
    let even = (g.0 + g.2) * Vector(repeating: -1 / 6)
    let odd = g.1 * Vector(repeating: -1 / 6)
    let even2 = (g.2 * Vector(repeating: 1 / 6)).addingProduct(g.0, Vector(repeating: 1 / 24))
    let odd2 = g.1 * Vector(repeating: 1 / 12)
    return (g.0 * Vector(repeating: 0.25), even + odd, even - odd, even2 + odd2, even2 - odd2, g.2)
  }

  /// `Gᵀ·u`: the gradients of six frequencies to those of three weights.
  @inline(__always)
  static func weightGradient(_ u: Six) -> Three {
    let (sum1, difference1) = (u.1 + u.2, u.2 - u.1)
    let (sum2, difference2) = (u.3 + u.4, u.3 - u.4)
    let sixth = Vector(repeating: 1 / 6)
    return (
      (u.0 * Vector(repeating: 0.25)).addingProduct(sum1, -sixth).addingProduct(
        sum2, Vector(repeating: 1 / 24)),
      (difference1 * sixth).addingProduct(difference2, Vector(repeating: 1 / 12)),
      u.5.addingProduct(sum2 - sum1, sixth)
    )
  }
}

/// The two-dimensional transforms of one tile, eight channels at a time: rows first, into `room` (36 vectors), then
/// columns. A tile is given by the addresses of its places, so that the edges of an image need no code of their own:
/// places outside are read from a row of zeros, and written to a row that nobody reads.
struct WinogradTile {
  let room: UnsafeMutablePointer<Vector>

  /// `Bᵀ d B` of the 6×6 places to `to`, one frequency `step` numbers behind the other.
  @inline(__always)
  func input(
    _ places: UnsafePointer<UnsafeMutablePointer<Float>>, channels: Int, _ to: UnsafeMutablePointer<Float>,
    step: Int
  ) {
    forEachVector(channels) { at, lanes in
      for j in 0..<6 {
        let t = WinogradRow.input(
          (
            load(places[j] + at, lanes), load(places[6 &+ j] + at, lanes), load(places[12 &+ j] + at, lanes),
            load(places[18 &+ j] + at, lanes), load(places[24 &+ j] + at, lanes),
            load(places[30 &+ j] + at, lanes)
          ))
        keep(t, at: j, step: 6)
      }
      finishInSix(6, at: to + at, step: step) { WinogradRow.input(six($0)) }
    }
  }

  /// `A dy Aᵀ` of the 4×4 places to `to`.
  @inline(__always)
  func outputGradient(
    _ places: UnsafePointer<UnsafeMutablePointer<Float>>, channels: Int, _ to: UnsafeMutablePointer<Float>,
    step: Int
  ) {
    forEachVector(channels) { at, lanes in
      for j in 0..<4 {
        let t = WinogradRow.outputGradient(
          (
            load(places[j] + at, lanes), load(places[4 &+ j] + at, lanes), load(places[8 &+ j] + at, lanes),
            load(places[12 &+ j] + at, lanes)
          ))
        keep(t, at: j, step: 4)
      }
      finishInSix(6, at: to + at, step: step) {
        WinogradRow.outputGradient(
          (room[4 &* $0], room[4 &* $0 &+ 1], room[4 &* $0 &+ 2], room[4 &* $0 &+ 3]))
      }
    }
  }

  /// `Aᵀ m A` of the 36 frequencies to the 4×4 places, or added to what is there.
  @inline(__always)
  func output(
    _ from: UnsafePointer<Float>, step: Int, channels: Int,
    _ places: UnsafePointer<UnsafeMutablePointer<Float>>, adding: Bool
  ) {
    forEachVector(channels) { at, lanes in
      for j in 0..<6 {
        let m = from + (at &+ j &* step)
        let t = WinogradRow.output(
          (
            load(m), load(m + 6 &* step), load(m + 12 &* step), load(m + 18 &* step), load(m + 24 &* step),
            load(m + 30 &* step)
          ))
        (room[j], room[6 &+ j], room[12 &+ j], room[18 &+ j]) = t
      }
      for i in 0..<4 {
        let y = WinogradRow.output(six(i))
        let row = places + 4 &* i
        put(y.0, row[0] + at, lanes, adding)
        put(y.1, row[1] + at, lanes, adding)
        put(y.2, row[2] + at, lanes, adding)
        put(y.3, row[3] + at, lanes, adding)
      }
    }
  }

  @inline(__always)
  private func put(_ value: Vector, _ to: UnsafeMutablePointer<Float>, _ lanes: Int, _ adding: Bool) {
    store(adding ? load(to, lanes) + value : value, to, lanes)
  }

  @inline(__always)
  private func six(_ row: Int) -> WinogradRow.Six {
    let from = room + 6 &* row
    return (from[0], from[1], from[2], from[3], from[4], from[5])
  }

  @inline(__always)
  private func keep(_ t: WinogradRow.Six, at: Int, step: Int) {
    let to = room + at
    to[0] = t.0
    to[step] = t.1
    to[2 &* step] = t.2
    to[3 &* step] = t.3
    to[4 &* step] = t.4
    to[5 &* step] = t.5
  }

  @inline(__always)
  private func finishInSix(
    _ rows: Int, at to: UnsafeMutablePointer<Float>, step: Int, _ transform: (Int) -> WinogradRow.Six
  ) {
    for i in 0..<rows {
      let t = transform(i)
      let row = to + 6 &* i &* step
      store(t.0, row)
      store(t.1, row + step)
      store(t.2, row + 2 &* step)
      store(t.3, row + 3 &* step)
      store(t.4, row + 4 &* step)
      store(t.5, row + 5 &* step)
    }
  }
}
