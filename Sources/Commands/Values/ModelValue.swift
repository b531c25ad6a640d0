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

/// What a training measured, epoch by epoch.
struct HistoryValue: Displayable {
  static let typeName = "history"
  let history: History

  init(_ history: History) { self.history = history }

  var summary: String {
    guard let first = history.epochs.first, let last = history.epochs.last else {
      return "history: no whole epoch yet"
    }
    return
      "history: \(Format.counted(history.epochs.count, "epoch")), loss \(Format.decimal(first.loss, 3)) → \(Format.decimal(last.loss, 3))"
      + ", \(Format.time(history.seconds))"
  }

  var memberNames: [String] { ["loss", "steps", "seconds"] }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "loss": List(history.epochs.map { Number($0.loss) })
    case "steps": List(history.steps.map { Number($0.loss) })
    case "seconds": Number(history.seconds)
    default: nil
    }
  }

  /// One row an epoch, as a table that can be plotted and exported.
  var table: TableValue {
    TableValue(
      columns: ["epoch", "loss", "top-1", "seconds", "images/s"],
      rows: history.epochs.map {
        [
          .number(Double($0.number)), .number($0.loss), .number($0.top1), .number($0.seconds),
          .number($0.imagesPerSecond),
        ]
      })
  }

  func rich(_ session: Session) throws -> Rich {
    var rich = try table.rich(session)
    rich.text = summary + "\n" + rich.text
    return rich
  }
}
