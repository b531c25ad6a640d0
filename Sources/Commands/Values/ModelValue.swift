import Base
import FrontEnd
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
      : "\(Format.counted(model.history.epochs.count, "epoch")) trained, loss \(Format.decimal(model.history.recentLoss(ModelValue.recent), 3))"
    return
      "\(model.words.activity) on \(encoder.architecture) (\(Format.counted(model.parameterCount, "parameter"))), \(trained)"
  }

  var memberNames: [String] {
    ["encoder", "history", "loss", "epochs"] + model.words.members.map(\.name) + ["parameters"]
  }

  var memberNotes: [(name: String, text: String)] {
    [
      (
        "loss",
        "mean loss of the last \(Format.counted(ModelValue.recent, "step")); that of whole epochs is in `history.loss`"
      ),
      ("history", "what training has measured, epoch by epoch"),
    ]
  }

  /// Steps of which `loss` is the mean: one alone is noise.
  private static let recent = 20

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "encoder": TrainedEncoderValue(model: model)
    case "history": HistoryValue(model.history)
    case "loss": Number(model.history.recentLoss(ModelValue.recent))
    case "epochs": Number(Double(model.history.epochs.count))
    case "parameters": Number(Double(model.parameterCount))
    default: model.words.members.first { $0.name == name }?.value
    }
  }

  func rich(_ session: Session) throws -> Rich {
    let encoder = model.encoder
    var facts = [
      (
        "encoder",
        "\(encoder.architecture), \(encoder.inputSize)×\(encoder.inputSize) pixels → \(encoder.outputWidth)"
      )
    ]
    if let last = model.origins.last {
      facts.append(("began with", "the encoder of \(last.words)"))
      let older = model.origins.dropLast().reversed().map(\.words)
      if !older.isEmpty { facts.append(("before that", older.joined(separator: ", "))) }
    }
    facts += [
      ("head", model.words.head(from: encoder.outputWidth)), ("loss", model.words.loss),
    ]
    if let words = model.method.fineTuning.words { facts.append(("fine-tuning", words)) }
    facts += [
      ("augmentation", model.augmentation.cell),
      ("parameters", Format.count(model.parameterCount)),
    ]
    let history = model.history
    if let last = history.epochs.last {
      facts.append(
        ("trained", "\(Format.counted(history.epochs.count, "epoch")) in \(Format.time(history.seconds))"))
      let metrics = zip(history.metrics, last.metrics).map { ", \($0.title) \(Measured.text($0, $1))" }
      facts.append(("last epoch", "loss \(Format.decimal(last.loss, 3))" + metrics.joined()))
      if let measured = history.measurements.last, !measured.readings.isEmpty {
        let texts = measured.readings.map { "\($0.metric.title) \(Measured.text($0.metric, $0.value))" }
        facts.append(("measured", texts.joined(separator: ", ") + " after epoch \(measured.epoch)"))
      }
      if let collapse = Measured.collapse(in: history) { facts.append(("collapse", collapse)) }
    } else {
      facts.append(
        ("trained", history.steps.isEmpty ? "not yet" : Format.counted(history.steps.count, "step")))
    }
    if let state = model.interruptedTraining {
      facts.append(
        (
          "interrupted",
          "after \(Format.count(state.done)) of \(Format.counted(state.stepCount, "step")); go on with resume=true"
        ))
    }
    let title = "\(model.words.title) model"
    return Rich(text: TextTable.card(title: title, facts), html: HTML.card(title: title, facts))
  }
}

extension ModelOrigin {
  /// "a simclr model after 20 epochs"
  var words: String {
    let trained =
      steps == 0
      ? "that was not trained"
      : "after " + (epochs > 0 ? counted(epochs, "epoch") : counted(steps, "step"))
    return "a \(method) model \(trained)"
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
