import Language
import Learning
import Networks

/// A contrastive model. The one value that changes: `train` changes it in place.
struct ModelValue: Displayable {
  static let typeName = "model"
  let model: ContrastiveModel

  init(_ model: ContrastiveModel) { self.model = model }

  var summary: String {
    let encoder = model.encoder
    let trained =
      model.history.steps.isEmpty
      ? "not trained yet"
      : "\(Format.counted(model.history.epochs.count, "epoch")) trained, loss \(Format.decimal(model.history.recentLoss(20), 3))"
    return
      "SimCLR on \(encoder.architecture) (\(Format.count(model.state.parameterCount)) parameters), \(trained)"
  }

  var memberNames: [String] { ["encoder", "history", "loss", "epochs", "temperature", "parameters"] }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "encoder": TrainedEncoderValue(model: model)
    case "history": HistoryValue(model.history)
    case "loss": Number(model.history.recentLoss(20))
    case "epochs": Number(Double(model.history.epochs.count))
    case "temperature": Number(model.loss.temperature)
    case "parameters": Number(Double(model.state.parameterCount))
    default: nil
    }
  }

  func rich(_ session: Session) throws -> Rich {
    let encoder = model.encoder
    var facts = [
      (
        "encoder",
        "\(encoder.architecture), \(encoder.inputSize)×\(encoder.inputSize) pixels → \(encoder.outputWidth)"
      ),
      ("head", ([encoder.outputWidth] + model.head.widths).map { "\($0)" }.joined(separator: " → ")),
      ("loss", "NT-Xent, temperature \(Number(model.loss.temperature).summary)"),
      ("augmentation", model.augmentation.description),
      ("parameters", Format.count(model.state.parameterCount)),
    ]
    let history = model.history
    if let last = history.epochs.last {
      facts.append(
        ("trained", "\(Format.counted(history.epochs.count, "epoch")) in \(Format.time(history.seconds))"))
      facts.append(("last epoch", "loss \(Format.decimal(last.loss, 3)), top-1 \(Format.percent(last.top1))"))
      if let measured = history.measurements.last, !measured.readings.isEmpty {
        let texts = measured.readings.map { "\(Measured.label($0.name)) \(Measured.text($0.name, $0.value))" }
        facts.append(("measured", texts.joined(separator: ", ") + " after epoch \(measured.epoch)"))
      }
    } else {
      facts.append(
        ("trained", history.steps.isEmpty ? "not yet" : Format.counted(history.steps.count, "step")))
    }
    return Rich(
      text: TextTable.card(title: "SimCLR model", facts), html: HTML.card(title: "SimCLR model", facts))
  }
}

/// The encoder of a model, as `model.encoder`: what is kept when the head is thrown away.
struct TrainedEncoderValue: Value {
  static let typeName = "trained encoder"
  let model: ContrastiveModel

  var summary: String {
    "\(model.encoder.architecture) of a model: \(model.encoder.inputSize)×\(model.encoder.inputSize) pixels to \(model.encoder.outputWidth) numbers"
  }
}
