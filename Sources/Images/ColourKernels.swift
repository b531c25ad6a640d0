import Glibc

// The changes of colour and the blur, on planes of Float32 in 0…1.

package typealias Plane = UnsafeMutablePointer<Float>
typealias Lanes = SIMD8<Float>

/// Three planes of a picture, `planeStride` apart: a vector that reaches past the pixels meets no other plane.
package struct Planes {
  let red: Plane
  let green: Plane
  let blue: Plane
  /// Pixels.
  let count: Int

  package init(_ address: UnsafeMutablePointer<Float>, side: Int) {
    red = address
    green = address + planeStride(side)
    blue = address + 2 * planeStride(side)
    count = side * side
  }

  /// Calls `body` with eight pixels at a time and keeps what it gives.
  @inline(__always)
  func map(_ body: (Lanes, Lanes, Lanes) -> (Lanes, Lanes, Lanes)) {
    var at = 0
    while at < count {
      let (r, g, b) = body(load(red + at), load(green + at), load(blue + at))
      store(r, red + at)
      store(g, green + at)
      store(b, blue + at)
      at += 8
    }
  }
}

@inline(__always)
private func load(_ address: Plane) -> Lanes { UnsafeRawPointer(address).loadUnaligned(as: Lanes.self) }

@inline(__always)
private func store(_ value: Lanes, _ address: Plane) {
  UnsafeMutableRawPointer(address).storeBytes(of: value, as: Lanes.self)
}

@inline(__always)
private func clamp(_ x: Lanes) -> Lanes {
  let low = x.replacing(with: 0, where: x .< 0)
  return low.replacing(with: 1, where: low .> 1)
}

/// ITU-R BT.601 luma with the digits that torchvision uses.
@inline(__always)
private func luma(_ r: Lanes, _ g: Lanes, _ b: Lanes) -> Lanes { r * 0.2989 + g * 0.587 + b * 0.114 }

/// `x · factor`.
package func adjustBrightness(_ planes: Planes, _ factor: Float) {
  planes.map { r, g, b in (clamp(r * factor), clamp(g * factor), clamp(b * factor)) }
}

/// `x · factor + m · (1 − factor)`, m the mean luma of the picture.
package func adjustContrast(_ planes: Planes, _ factor: Float) {
  var sum: Float = 0
  let whole = planes.count / 8 * 8
  var lanes = Lanes.zero
  var at = 0
  while at < whole {
    lanes += luma(load(planes.red + at), load(planes.green + at), load(planes.blue + at))
    at += 8
  }
  while at < planes.count {
    sum += planes.red[at] * 0.2989 + planes.green[at] * 0.587 + planes.blue[at] * 0.114
    at += 1
  }
  let shift = (lanes.sum() + sum) / Float(planes.count) * (1 - factor)
  planes.map { r, g, b in (clamp(r * factor + shift), clamp(g * factor + shift), clamp(b * factor + shift)) }
}

/// `x · factor + l · (1 − factor)`, l the luma of the pixel.
package func adjustSaturation(_ planes: Planes, _ factor: Float) {
  planes.map { r, g, b in
    let grey = luma(r, g, b) * (1 - factor)
    return (clamp(r * factor + grey), clamp(g * factor + grey), clamp(b * factor + grey))
  }
}

/// `1 − x` for all numbers from `threshold` on.
package func solarise(_ planes: Planes, from threshold: Float) {
  planes.map { r, g, b in
    (
      r.replacing(with: 1 - r, where: r .>= threshold), g.replacing(with: 1 - g, where: g .>= threshold),
      b.replacing(with: 1 - b, where: b .>= threshold)
    )
  }
}

/// Every pixel's luma in all three channels.
package func makeGrey(_ planes: Planes) {
  planes.map { r, g, b in
    let grey = luma(r, g, b)
    return (grey, grey, grey)
  }
}

/// `(x − mean) / deviation` of each channel.
package func normalise(_ planes: Planes, _ by: Normalisation) {
  let (scale, shift) = (by.scale, by.shift)
  planes.map { r, g, b in (r * scale.x + shift.x, g * scale.y + shift.y, b * scale.z + shift.z) }
}

/// `x · deviation + mean` of each channel, x clamped to 0…1.
package func clampAndRestore(_ planes: Planes, _ by: Normalisation) {
  let (mean, deviation) = (by.mean, by.deviation)
  planes.map { r, g, b in
    (
      clamp(r) * deviation[0] + mean[0], clamp(g) * deviation[1] + mean[1],
      clamp(b) * deviation[2] + mean[2]
    )
  }
}

/// Turns the hue by `shift` of the colour circle, keeping value and saturation as HSV defines them.
package func adjustHue(_ planes: Planes, _ shift: Float) {
  let turn = (shift - shift.rounded(.down)) * 6
  planes.map { r, g, b in
    let most = larger(r, larger(g, b))
    let least = smaller(r, smaller(g, b))
    let chroma = most - least
    let isGrey = chroma .== 0
    let perChroma = 1 / chroma.replacing(with: 1, where: isGrey)
    // The hue in sixths of the circle, −1…5, red before green before blue where two are equal.
    var hue = (r - g) * perChroma + 4
    hue.replace(with: (b - r) * perChroma + 2, where: g .== most)
    hue.replace(with: (g - b) * perChroma, where: r .== most)
    hue += turn
    return (
      channel(5, hue, most, chroma), channel(3, hue, most, chroma), channel(1, hue, most, chroma)
    )
  }
}

/// One channel of an HSV colour: value − chroma · clamp(min(k, 4 − k)), k the place on the circle seen from the channel.
@inline(__always)
private func channel(_ offset: Float, _ hue: Lanes, _ value: Lanes, _ chroma: Lanes) -> Lanes {
  var k = hue + offset
  k.replace(with: k - 6, where: k .>= 6)
  k.replace(with: k - 6, where: k .>= 6)
  let share = clamp(smaller(k, 4 - k))
  // Only numbers that are no pixels reach beyond 0…1: torchvision clamps what is mixed, and leaves the value as it is.
  return clamp(value - chroma * share).replacing(with: value, where: share .== 0)
}

@inline(__always)
private func larger(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: a .< b) }

@inline(__always)
private func smaller(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: b .< a) }

/// Gaussian blur of one plane of `side × side` by `window` weights, the picture mirrored at its edges without repeating
/// the edge itself. `spare` holds as many numbers as the plane, `line` a row and two half windows.
package func blur(
  _ plane: Plane, side: Int, sigma: Float, window: Int, spare: Plane, line: Plane, weights: Plane
) {
  let half = window / 2
  var sum: Float = 0
  for tap in 0..<window {
    let x = Float(tap - half) / sigma
    weights[tap] = exp(-0.5 * x * x)
    sum += weights[tap]
  }
  for tap in 0..<window { weights[tap] /= sum }
  for y in 0..<side {
    let row = plane + y * side
    for x in -half..<side + half { line[x + half] = row[mirrored(x, side)] }
    let out = spare + y * side
    for x in 0..<side { out[x] = weights[0] * line[x] }
    for tap in 1..<window {
      for x in 0..<side { out[x] += weights[tap] * line[x + tap] }
    }
  }
  for y in 0..<side {
    let out = plane + y * side
    for tap in 0..<window {
      let row = spare + mirrored(y + tap - half, side) * side
      if tap == 0 {
        for x in 0..<side { out[x] = weights[0] * row[x] }
      } else {
        for x in 0..<side { out[x] += weights[tap] * row[x] }
      }
    }
  }
}

/// −1 is 1, −2 is 2, `side` is `side − 2`.
@inline(__always)
private func mirrored(_ place: Int, _ side: Int) -> Int {
  let inside = abs(place)
  return inside < side ? inside : 2 * (side - 1) - inside
}
