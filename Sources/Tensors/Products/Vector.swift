/// As many numbers at once as a register of AVX2 holds. Code that works on vectors asks `lanes` how many these are.
public typealias Vector = SIMD8<Float>
