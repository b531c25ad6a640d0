import Images
import Language
import Learning
import Tensors

extension StepPhase {
  /// Results of the phase as values to look at, under the names of the paper.
  func values(of set: ImageSet) throws -> [(name: String, value: any Value)] {
    switch self {
    case .views(let seen, let images): [("views", ImagesValue(try seen.set(of: images, in: set)))]
    case .representations(let h): [("h", StepPhase.matrix(h, "h"))]
    case .outputs(let z): [("z", StepPhase.matrix(z, "z"))]
    case .similarities(let values, let count):
      [
        (
          "similarities",
          MatrixValue(
            rows: count, columns: count, values: values, label: "cosine similarity", isSymmetric: true)
        )
      ]
    case .gradient(let anatomy, let norms):
      (anatomy.map { anatomy -> [(name: String, value: any Value)] in
        let rows = anatomy.gradient.shape[0]
        return [
          ("gradient", StepPhase.matrix(anatomy.gradient, "∂loss/∂z of \(Format.counted(rows, "view"))"))
        ]
      } ?? []) + [("gradients", StepPhase.table(norms, "‖gradient‖"))]
    case .update(let norms): [("update", StepPhase.table(norms, "‖update‖"))]
    }
  }

  /// Rows of numbers; what has more than two sides, row by row.
  private static func matrix(_ tensor: Tensor, _ label: String) -> MatrixValue {
    let rows = tensor.shape[0]
    return MatrixValue(
      rows: rows, columns: rows == 0 ? 0 : tensor.count / rows, values: tensor.elements.map(Double.init),
      label: label, isCalculated: true)
  }

  private static func table(_ norms: [(part: String, norm: Double)], _ column: String) -> TableValue {
    TableValue(columns: ["part", column], rows: norms.map { [.text($0.part), .number($0.norm)] })
  }
}

extension SeenViews {
  /// The views as images whose classes are the images that they are of.
  func set(of images: [Int], in set: ImageSet) throws -> ImageSet {
    try ImageSet(
      name: "views of \(set.name)", pixels: bytes, size: side,
      labels: (0..<count * images.count).map { $0 % images.count }, classes: images.map(String.init),
      areViews: true)
  }
}

extension Language.Context {
  /// Runs a command that tells the debugger what it computes on its way, if somebody has stepped into it; `body` gets nil otherwise.
  func phases<Result>(
    of name: String, _ body: ((([(name: String, value: any Value)]) throws -> Void)?) throws -> Result
  ) throws -> Result {
    guard let stepper = host.stepper as? CellStepper, stepper.goesIn else { return try body(nil) }
    return try stepper.phases(of: name) { try body { try stepper.phase($0) } }
  }
}
