import Language
import Learning
import Networks

/// A contrastive model, or a supervised one. The one value that changes: `train` changes it in place.
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
      "\(method) on \(encoder.architecture) (\(Format.counted(model.state.parameterCount, "parameter"))), \(trained)"
  }

  private var method: String {
    switch model.objective {
    case .contrast: "SimCLR"
    case .classes: "Supervised training"
    }
  }

  var memberNames: [String] {
    let own =
      switch model.objective {
      case .contrast: "temperature"
      case .classes: "classes"
      }
    return ["encoder", "history", "loss", "epochs", own, "parameters"]
  }

  func member(_ name: String) -> (any Value)? {
    switch (name, model.objective) {
    case ("encoder", _): TrainedEncoderValue(model: model)
    case ("history", _): HistoryValue(model.history)
    case ("loss", _): Number(model.history.recentLoss(20))
    case ("epochs", _): Number(Double(model.history.epochs.count))
    case ("temperature", .contrast(let loss)): Number(loss.temperature)
    case ("classes", .classes(let names)): List(names.map { Text($0) })
    case ("parameters", _): Number(Double(model.state.parameterCount))
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
      ("head", head), ("loss", loss),
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
    let title =
      switch model.objective {
      case .contrast: "SimCLR model"
      case .classes: "Supervised model"
      }
    return Rich(text: TextTable.card(title: title, facts), html: HTML.card(title: title, facts))
  }

  private var head: String {
    if model.objective == .classes([]) { return "one linear layer, to the classes of the first training" }
    if model.head.widths.isEmpty { return "none: z is h" }
    return ([model.encoder.outputWidth] + model.head.widths).map { "\($0)" }.joined(separator: " → ")
  }

  private var loss: String {
    switch model.objective {
    case .contrast(let loss):
      return "NT-Xent, temperature \(Number(loss.temperature).summary)"
        + (loss.form == .published ? ", as published: the positive counts twice" : "")
    case .classes(let names):
      let listed = names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", …" : "")
      return "cross entropy with the labels" + (names.isEmpty ? "" : ": \(listed)")
    }
  }
}

/// The encoder of a model, as `model.encoder`: what is kept when the head is thrown away.
struct TrainedEncoderValue: Value {
  static let typeName = "trained encoder"
  let model: ContrastiveModel

  var summary: String {
    "\(model.encoder.architecture) of a model: \(model.encoder.inputSize)×\(model.encoder.inputSize) pixels to \(Format.counted(model.encoder.outputWidth, "number"))"
  }
}
