import Language
import Learning
import Networks

/// The encoder of a trained model as a file of ONNX.
enum ONNXFile {
  static func bytes(of model: ContrastiveModel, _ pixels: ONNXExport.Pixels) throws -> [UInt8] {
    guard let normalisation = model.normalisation else {
      throw Problem(
        "this model was never trained, so what its images are normalised by is not known",
        about: Export.command.word(\.$value), advice: "\(Train.command.name) it first")
    }
    return ONNXExport.bytes(
      of: try model.copyOfEncoder(), mean: normalisation.mean, deviation: normalisation.deviation,
      pixels: pixels)
  }
}

extension ONNXExport.Pixels: OptionValue {}
