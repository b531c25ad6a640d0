import Base
import Language
import Learning

extension TrainingError: Worded {
  var words: InputError {
    let command = Train.command
    switch self {
    case .epochs(let epochs): return atLeastOne(command.word(\.plan.epochs), epochs)
    case .fewImages(let name, let count):
      return InputError(
        count == 0
          ? "\(name) holds no images to train on"
          : "\(name) holds one image, and the loss compares each with others", option: command.word(\.$on))
    case .smallBatch(let batch):
      return InputError(
        "a batch of \(batch) has no negatives: the loss compares each image with the others of its batch",
        option: command.word(\.plan.batch), advice: "try \(command.given(\.plan.batch, 128))")
    case .largeBatch(let batch, let images):
      return InputError(
        "a batch of \(batch) is larger than the data: \(counted(images, "image"))",
        option: command.word(\.plan.batch),
        advice: command.use(\.plan.batch, from: 2, to: images)
          ?? "training compares images with one another, so it needs at least 2")
    case .chunkAlone:
      return InputError(
        "With \(command.given(\.plan.views, .alone)) each view goes through the network by itself, and there is nothing to cut into chunks.",
        option: command.word(\.plan.chunk), advice: "Leave out one of the two.")
    case .smallChunk(let chunk, let batch):
      return InputError(
        "A chunk of \(chunk) holds no image.", option: command.word(\.plan.chunk),
        advice: "Write \(command.given(\.plan.chunk, min(128, batch))).")
    case .largeChunk(let chunk, let batch):
      return InputError(
        "A chunk of \(counted(chunk, "image")) is larger than the batch of \(batch).",
        option: command.word(\.plan.chunk),
        advice:
          "\(command.use(\.plan.chunk, from: 1, to: batch) ?? ""), or leave it out: then a batch goes through in one piece."
      )
    case .chunksAmongProcesses(let chunks, let processes, let batch):
      let fitting = batch / processes
      return InputError(
        "a batch of \(batch) in \(counted(chunks, "chunk")) cannot be divided among \(processes) processes: each takes 1, 2, 4, 8 or more such chunks",
        option: command.word(\.plan.chunk),
        advice: fitting >= 1
          ? "write \(command.given(\.plan.chunk, fitting)), or a half or a quarter of that"
          : "start fewer processes, or train with a larger batch: it has fewer images than there are processes"
      )
    case .joinedViews:
      return InputError(
        "the model joins several views of an image, so that none goes through alone",
        option: command.word(\.plan.views), advice: "leave \(command.given(\.plan.views, .together))")
    case .singlePlace(let size, let architecture, let layer):
      let larger = ResNetOptions.resnet18.given(\.size, 2 * size)
      return InputError(
        "at \(size)×\(size) pixels \(architecture) narrows an image to a single place "
          + "(\(layer)), and alone there is nothing to normalise it by", option: command.word(\.plan.views),
        advice:
          "make the encoder for larger images, as \(larger), or leave \(command.given(\.plan.views, .together))"
      )
    case .longFreeze(let epochs, let had, let planned):
      let model = Supervised.command
      return InputError(
        "the encoder is frozen for the first \(counted(epochs, "epoch")), and with \(command.given(\.plan.epochs, planned)) the model "
          + "will have had \(had + planned)",
        option: command.word(\.plan.epochs),
        advice: "write \(command.given(\.plan.epochs, epochs - had + 1)) or more, or make the model with "
          + "\(model.given(\.freeze, .encoder)) where its encoder is to stay as it is")
    case .notInterrupted:
      return InputError(
        "no training of this model was interrupted, so there is none to go on with",
        option: command.word(\.resume),
        advice:
          "leave out \(command.given(\.resume, true)): then a training begins, from the weights as they are")
    case .otherImages(let name, let count):
      return InputError(
        "the training that was interrupted had other images than `\(name)`: "
          + "\(counted(count, "image")) of a set that this is not", option: command.word(\.$on),
        advice: "give it the same images, or leave out \(command.given(\.resume, true)) for a new training")
    case .largeStep(let batch, let most):
      return InputError(
        "a step of \(counted(batch, "image")) has more numbers than one looks at; \(counted(most, "image")) fit",
        option: TakeStep.command.word(\.batch), advice: "try \(TakeStep.command.given(\.batch, 8))")
    case .memory(let architecture, let memory):
      return InputError(
        "training \(architecture)", lacks: memory, option: command.word(\.$model),
        advice: "Use a narrower network.")
    case .stepMemory(let views, let inChunks, let fitting, let memory):
      let chunk = command.given(\.plan.chunk, fitting)
      let batch = "\(command.given(\.plan.batch, fitting)), or keep the batch and write "
      return InputError(
        "a step with \(counted(views, "view")) at once", lacks: memory,
        option: inChunks ? command.word(\.plan.chunk) : command.word(\.plan.batch),
        advice: fitting >= 2
          ? "Write \(inChunks ? "" : batch)\(chunk)." : "Use a narrower network or smaller images.")
    case .passageMemory(let count, let architecture, let width, let fitting, let memory):
      return InputError(
        "\(counted(count, "image")) through \(architecture) and their \(counted(width, "number")) each",
        lacks: memory, option: Embed.command.word(\.$images),
        advice: fitting > 0
          ? "Embed \(counted(fitting, "image")) or fewer at once."
          : "Use a narrower network or smaller images.")
    }
  }
}

private func atLeastOne(_ option: String, _ value: Int) -> InputError {
  InputError("`\(option)` is \(value), and must be at least 1", option: option)
}

extension Diverged {
  var problem: Problem {
    let command = Train.command
    let lower = "\(command.word(\.plan.rate))=\(NumberText.rounded(Double(rate) / 10, digits: 1))"
    return Problem(
      "Training stopped at step \(step): the loss is \(written(loss)) at a learning rate of \(written(rate)). "
        + "The model keeps the last weights whose loss was a number.", about: command.word(\.plan.rate),
      advice:
        "Try \(lower), some \(command.word(\.plan.warmup)), or a higher temperature; training can go on from where the model is."
    )
  }
}

extension NTXentError: Worded {
  var words: InputError {
    switch self {
    case .temperature(let temperature):
      InputError(
        "the temperature is \(written(temperature)), and must be above 0",
        option: Simclr.command.word(\.temperature),
        advice: "0.1 to 0.5 works; a small temperature weighs the hardest negatives most")
    }
  }
}

extension MethodUseError: Worded {
  var words: InputError {
    let train = Train.command
    switch self {
    case .correlations(let batch):
      return InputError(
        "correlations over \(counted(batch, "image")) say nothing: the loss looks at outputs over the whole batch",
        option: train.word(\.plan.batch), advice: "try \(train.given(\.plan.batch, 128))")
    case .longQueue(let rows, let most, let name, let images):
      return InputError(
        "a queue of \(counted(rows, "row")) is longer than the data: \(name) has \(counted(images, "image")), so that an image would "
          + "meet itself there",
        option: train.word(\.$on),
        advice: "make the model with a shorter one, as \(Moco.command.given(\.queue, max(1, most / 2)))")
    case .prototypes(let count, let batch, let queue):
      return InputError(
        "\(counted(count, "prototype")) cannot be used alike by \(counted(batch + queue, "row")): those of the batch"
          + (queue > 0 ? " and the queue" : ""),
        option: train.word(\.plan.batch),
        advice:
          "take a larger batch, or make the model with \(Swav.command.given(\.prototypes, max(2, batch / 2))), or with a queue of "
          + "\(counted(count - batch, "row")) or more: \(Swav.command.given(\.queue, count - batch))")
    case .fixedSize(let architecture, let small, let size):
      return InputError(
        "\(architecture) takes images of \(size)×\(size) pixels alone, since it has weights for each place, and no views of \(small)×\(small)",
        option: Swav.command.word(\.crops),
        advice: "leave \(Swav.command.given(\.crops, 0)), or take \(ResNetOptions.resnet18.name)")
    case .fixedTiles(let architecture, let tile, let size):
      return InputError(
        "tiles of \(tile)×\(tile) pixels do not go through \(architecture): it has weights for each place of images of \(size)×\(size)",
        option: Jigsaw.command.word(\.$encoder),
        advice: "take \(ResNetOptions.resnet18.name) or \(CNNOptions.command.name)")
    case .smallTiles(let tile, let architecture, let least):
      return InputError(
        "tiles of \(tile)×\(tile) pixels are smaller than \(architecture) takes",
        option: Jigsaw.command.word(\.tile), advice: "try \(Jigsaw.command.given(\.tile, least))")
    case .noPatches(let architecture):
      return InputError(
        "\(architecture) is no vision transformer with a class token, some of whose patches could be hidden",
        option: Mae.command.word(\.$encoder),
        advice: "take \(ViTOptions.command.name) \(ViTOptions.command.given(\.style, .standard))")
    case .fewPatches(let count, let size):
      return InputError(
        "\(counted(count, "patch")) of an image of \(size)×\(size) pixels cannot be seen in part",
        option: Mae.command.word(\.$encoder),
        advice:
          "make the encoder with smaller patches, as \(ViTOptions.command.given(\.patch, max(1, size / 4)))")
    case .noReconstruction:
      return InputError(
        "the model was not made to complete images", option: ShowReconstruction.command.word(\.$model),
        advice: "a masked autoencoder is: \(Mae.command.name)")
    case .decoderWidth(let width, let heads, let fitting):
      return InputError(
        "a decoder of width \(width) is not made of \(counted(heads, "head")) and of sines and cosines of two axes: it is a multiple of 4 "
          + "and of the heads",
        option: Mae.command.word(\.width), advice: "try \(Mae.command.given(\.width, fitting))")
    case .negatives(let count, let most, let name, let images):
      return InputError(
        "there are not \(counted(count, "negative")) for each image: \(name) has \(counted(images, "image")), "
          + "\(Format.count(most)) of them outside a batch",
        option: train.word(\.$on),
        advice: most >= 1
          ? "make the model with fewer, as \(Pirl.command.given(\.negatives, most)), or take a smaller batch"
          : "take a smaller batch")
    case .largeCrops(let small, let size):
      return InputError(
        "small views of \(small)×\(small) pixels are no smaller than the others, of \(size)×\(size)",
        option: Swav.command.word(\.cropsize),
        advice: "try \(Swav.command.given(\.cropsize, max(1, size * 9 / 16)))")
    }
  }
}

extension LossAnatomyError: Worded {
  var words: InputError {
    let (option, pairs) = (NTXentOptions.command.word(\.$of), Pairs.command.name)
    switch self {
    case .pairs(let rows):
      return InputError(
        "the loss compares pairs of views, the first of each image and then the second of each: "
          + "an even number of rows, at least 4, and \(thereAre(rows, "row"))", option: option,
        advice: "make them with \(pairs): \(Advice.projections)")
    case .many(let views, let most):
      return InputError(
        "\(counted(views, "view")) are too many to look at one by one; \(most) fit", option: option,
        advice: "use fewer: \(pairs) few[0..<8]")
    case .notFinite:
      return InputError("the rows hold a value that is infinite or not a number", option: option)
    }
  }
}

extension SupervisedError: Worded {
  var words: InputError {
    let option = Train.command.word(\.$on)
    switch self {
    case .unlabelled(let name):
      let loads = [LoadCIFAR10.command.name, LoadShapes.command.name, LoadIDX.command.name]
      return InputError(
        "`\(name)` has no labels, and a supervised model learns by them", option: option,
        advice: "labels come with \(loads.joined(separator: ", ")), and with a folder for each class")
    case .oneClass(let name):
      return InputError(
        "`\(name)` has images of a single class, so there is nothing to tell apart", option: option,
        advice: "take images of two classes or more")
    case .otherClasses(let name, let classes, let known):
      return InputError(
        "the model has learned other classes than \(name) has: \(firstFew(known)) rather than "
          + firstFew(classes), option: option,
        advice: "make a model of its own for these images; it may begin with the encoder of this one: "
          + "\(Supervised.command.name) model")
    case .noClasses:
      return InputError(
        "the model knows no classes yet, so there are no scores z",
        advice: "first: \(Advice.train())")
    }
  }
}

extension ClassifierError: Worded {
  var words: InputError {
    let command = TrainClassifier.command
    switch self {
    case .noRows: return InputError("there is nothing to learn from: 0 rows", option: command.word(\.$on))
    case .notFinite(let row):
      return InputError(
        "row \(row) has a value that is infinite or NaN", option: command.word(\.$on),
        advice: "a model whose training diverged gives such rows: train it again with a smaller rate")
    case .epochs(let epochs): return atLeastOne(command.word(\.epochs), epochs)
    case .batch(let batch): return atLeastOne(command.word(\.batch), batch)
    case .hidden(let hidden):
      let option = command.word(\.hidden)
      return InputError("`\(option)` is \(hidden), and must be 0 or more", option: option)
    case .memory(let hidden, let width, let fitting, let memory):
      return InputError(
        "a classifier with \(command.given(\.hidden, hidden)) on \(counted(width, "number")) a row",
        lacks: memory, option: command.word(\.hidden),
        advice: fitting.flatMap { command.use(\.hidden, from: 0, to: $0) }
          ?? "Use rows of fewer numbers, as \(Pca.command.name) makes them.")
    case .diverged(let loss, let epoch):
      return InputError(
        "the classifier's loss is \(written(loss)) in epoch \(epoch): the features or the learning rate are too large",
        option: command.word(\.rate),
        advice: "try a smaller rate, or on an embedding \(command.given(\.standardise, true))")
    case .width(let width, let rows):
      return InputError(
        "the classifier was trained on rows of \(counted(width, "number")), and these have \(rows)",
        option: Evaluate.command.word(\.$on),
        advice:
          "evaluate it on the same kind of input: the same model's embedding, or pixels of the same size")
    }
  }
}
