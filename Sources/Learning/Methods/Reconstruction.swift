import Images
import Networks
import Tensors

/// Images beside what a masked autoencoder makes of a part of their patches.
public struct Reconstruction: Sendable {
  /// RGB bytes, `[n, side, side, 3]`: the images, the same with grey in the place of hidden patches, and with predicted pixels there.
  public let originals: [UInt8]
  public let masked: [UInt8]
  public let completed: [UInt8]
  public let side: Int

  /// Reconstructions of the images at `indices`; which patches are hidden is drawn from the run's seed. A network that predicts normalised
  /// patches is helped by the true mean and deviation of each.
  ///
  /// Throws `MethodUseError` where the model is no masked autoencoder, `ModelError` while something else works with it, and `Interrupted`.
  public init(of images: ImageSet, _ indices: [Int], by model: ContrastiveModel, run: Run) throws {
    let normalisation = try model.normalisation(for: images, run: run)
    let size = model.encoder.inputSize
    let x = try images.tensor(indices, normalisation: normalisation, outputSize: size, run: run)
    let (completed, hidden) = try model.using { lease in
      guard let method = lease.method as? MAEMethod else { throw MethodUseError.noReconstruction }
      return try run.pass { pass in
        var tape = Tape(pass: pass, mode: .evaluation)
        let rows = method.forward(x, through: lease.encoder, group: 0, saving: &tape).rows
        return method.completed(x, by: rows)
      }
    }
    let grey = x.copy()
    for at in 0..<grey.count where hidden[at / 3] {
      grey.pointer[at] = (0.5 - normalisation.mean[at % 3]) / normalisation.deviation[at % 3]
    }
    originals = bytes(of: x, normalisedBy: normalisation)
    masked = bytes(of: grey, normalisedBy: normalisation)
    self.completed = bytes(of: completed, normalisedBy: normalisation)
    side = size
  }
}

extension MAEMethod {
  /// Images with predictions in the place of their hidden patches, and of each pixel whether it was hidden. Shapes: x `[n, size, size, 3]`,
  /// rows those of `forward`.
  fileprivate func completed(_ x: Tensor, by rows: Tensor) -> (Tensor, [Bool]) {
    let (images, size) = (x.shape[0], x.shape[1])
    let (side, perSide, area) = (grid.side, grid.perSide, grid.side * grid.side)
    let (loss, targets) = (
      PatchLoss(isNormalised: options.isNormalised), cutIntoPatches(x, side: side, pass: Pass())
    )
    let result = x.copy()
    var hidden = [Bool](repeating: false, count: images * size * size)
    for image in 0..<images {
      for patch in 0..<perSide * perSide {
        let row = rows.pointer + image * rowWidth
        guard row[rowWidth - perSide * perSide + patch] == 1 else { continue }
        let target = targets.pointer + (image * perSide * perSide + patch) * 3 * area
        let (mean, factor) = loss.moments(of: target, width: 3 * area)
        for place in 0..<area {
          let (y, x) = (patch / perSide * side + place / side, patch % perSide * side + place % side)
          let pixel = (image * size + y) * size + x
          hidden[pixel] = true
          for channel in 0..<3 {
            let value = row[patch * 3 * area + channel * area + place]
            result.pointer[pixel * 3 + channel] = Float(Double(value) / factor + mean)
          }
        }
      }
    }
    return (result, hidden)
  }
}
