// Tensors: Float32 buffers with shapes, products by BLAS, the worker pool, seeded random streams, and `Run`, which
// carries a computation's seed, progress and interrupt.
//
// Everything numeric stands on this module; it knows nothing of layers, images or learning.
//
// Start reading at `Tensor.swift`, then `Workers.swift`, then `Run.swift`.
