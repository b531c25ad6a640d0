import Base
import Language
import Networks

extension CNNError: Worded {
  var words: InputError {
    let command = CNNOptions.command
    switch self {
    case .width(let width, let range):
      return InputError(
        "a width of \(width) is out of bounds: it must be from \(range.lowerBound) to \(range.upperBound)",
        option: command.word(\.width), advice: "try \(command.given(\.width, 32))")
    case .size(let size, let range):
      return InputError(
        "images of \(size) pixels are out of bounds: the side must be from \(range.lowerBound) to \(range.upperBound)",
        option: command.word(\.size), advice: "try \(command.given(\.size, 32))")
    }
  }
}

extension ResNetError: Worded {
  var words: InputError {
    let command = ResNetOptions.resnet18
    switch self {
    case .width(let width, let range):
      return InputError(
        "A width of \(width) is out of bounds: it must be from \(range.lowerBound) to \(range.upperBound).",
        option: command.word(\.width),
        advice: "64 is the published width, 32 trains about three times as fast.")
    case .small(let size, let stem):
      let given = command.given(\.stem, stem == .cifar ? .cifar : .imagenet)
      return InputError(
        "An image of \(size) pixels is too small: with \(given) it needs \(stem.smallestSize).",
        option: command.word(\.size),
        advice: stem == .imagenet && size >= ResNet.Stem.cifar.smallestSize
          ? "Write \(command.given(\.stem, .cifar)), which is made for small images."
          : "Write \(command.given(\.size, max(32, stem.smallestSize))).")
    case .large(let size, let most):
      return InputError(
        "An image of \(size) pixels is too large: at most \(most) are possible.",
        option: command.word(\.size), advice: "Write \(command.given(\.size, 224)).")
    }
  }
}

extension ViTError: Worded {
  var words: InputError {
    let command = ViTOptions.command
    func outOfBounds(_ what: String, _ range: ClosedRange<Int>, _ of: String = "from") -> String {
      "\(what) out of bounds: \(of) \(range.lowerBound) to \(range.upperBound)."
    }
    switch self {
    case .layers(let layers, let range):
      return InputError(
        outOfBounds("\(counted(layers, "layer")) are", range), option: command.word(\.layers),
        advice: "Write \(command.given(\.layers, 6)).")
    case .patch(let patch, let range):
      return InputError(
        outOfBounds("A patch of \(patch) pixels is", range), option: command.word(\.patch),
        advice: "Write \(command.given(\.patch, 16)).")
    case .size(let size, let range):
      return InputError(
        outOfBounds("Images of \(size) pixels are", range, "the side must be from"),
        option: command.word(\.size), advice: "Write \(command.given(\.size, 224)).")
    case .pieces(let size, let patch, let nearest):
      return InputError(
        "Images of \(size) pixels cannot be cut into patches of \(patch).", option: command.word(\.size),
        advice: "Write \(command.given(\.size, nearest)).")
    case .tokens(let tokens, let most, let size, let patch):
      return InputError(
        "Patches of \(patch) make \(counted(tokens, "token")) of an image of \(size) pixels, and at most \(most) are possible.",
        option: command.word(\.patch), advice: "Write a larger \(command.word(\.patch)).")
    case .paperWidth(let width, let patch):
      return InputError(
        "With \(command.given(\.style, .paper)) a token is a patch as it is: \(patch)·\(patch)·3 = "
          + "\(counted(3 * patch * patch, "number")), not \(width).", option: command.word(\.width),
        advice: "Leave \(command.word(\.width)) out, or write \(command.given(\.style, .standard)).")
    case .width(let width, let range, let style):
      return InputError(
        outOfBounds("A width of \(width) is", range), option: command.word(\.width),
        advice: style == .paper
          ? "Write \(command.given(\.patch, 16)), or \(command.given(\.style, .standard)) with a width."
          : "Write \(command.given(\.width, 384)).")
    case .heads(let heads, let width, let fitting):
      return InputError(
        "\(counted(width, "channel")) cannot be shared out among \(counted(heads, "head")).",
        option: command.word(\.heads), advice: "Write \(command.given(\.heads, fitting)).")
    case .dropout(let dropout):
      return InputError(
        "A dropout of \(dropout) is out of bounds: from 0 to below 1.", option: command.word(\.dropout),
        advice: "Write \(command.given(\.dropout, 0.2)).")
    }
  }
}

extension NetworkError: Worded {
  var words: InputError {
    switch self {
    case .unknown(let architecture):
      return InputError("The encoder \(architecture) is not known to this version.")
    case .lacks(let architecture, let setting):
      return InputError("The encoder \(architecture) lacks its \(setting).")
    case .newerLayers(let version, let newest):
      return InputError(
        "The encoder is a list of layers in form \(version), and this version knows the forms up to \(newest).",
        advice: "Open it with a newer version.")
    case .unreadableLayers: return InputError("The encoder is a list of layers that cannot be read.")
    case .memory(let architecture, let shrinking, let value, let least, let most, let memory):
      // All networks call their width alike.
      let option =
        switch shrinking {
        case .width: ResNetOptions.resnet18.word(\.width)
        case .layers: ViTOptions.command.word(\.layers)
        }
      return InputError(
        "the network \(architecture) with \(option)=\(value)", lacks: memory, option: option,
        advice: use(option, from: least, to: most) ?? "make a smaller network, or end other programs")
    case .headMemory(let widths, let fitting, let memory):
      let command = Simclr.command
      return InputError(
        command.given(\.head, widths), lacks: memory, option: command.word(\.head),
        advice: "Write \(command.given(\.head, fitting)) or narrower layers.")
    }
  }
}

extension WeightFileError: Worded {
  var words: InputError {
    switch self {
    case .unreadable(let path, let error): FileError.unreadable(path, error).words
    case .large(let path, let bytes):
      InputError(
        "\(path) has \(counted(bytes, "byte")), more than there is memory.", advice: "Name a smaller file.")
    case .damaged(let path, .checksum):
      InputError(
        "\(path) is damaged: its bytes are not those that were written, as its checksum tells.",
        advice:
          "Use another copy, or \(Save.command.name) the model again. If another program changed it on purpose, let that "
          + "leave `checksum` out of the metadata.")
    case .damaged(let path, let damage):
      InputError(
        "\(path) is not a safetensors file, or is damaged: \(damage.words).",
        advice: "Save the model again, or name another file.")
    case .kind(let path, let name, let kind):
      InputError("\(path) holds \(name) as \(kind), which cannot be read.", advice: "Save it as float32.")
    case .missing(let path, let name, let instead):
      InputError(
        "\(path) has no \(name).",
        advice: "It holds another network: \(instead.joined(separator: ", ")) …")
    case .shape(let path, let name, let shape, let needed):
      InputError(
        "\(path) holds \(name) with the shape \(shape), and this network needs \(needed).",
        advice: "Build the network with the settings that the file was saved with.")
    case .extra(let path, let name):
      InputError(
        "\(path) holds \(name) too, and this network has no such tensor.",
        advice: "Build the network with the settings that the file was saved with.")
    case .notFinite(let path, let name):
      InputError(
        "\(path) has values in \(name) that are infinite or NaN.",
        advice: "Its training failed, or the file is damaged: use another copy.")
    case .longHeader(let path, let bytes, let most):
      InputError(
        "Cannot write \(path): what it says of itself would be \(bytes >> 20) MB, and \(most >> 20) can be read again.",
        option: Save.command.word(\.$path), advice: "Fewer or shorter class names would fit.")
    }
  }
}

extension WeightFileError.Damage {
  fileprivate var words: String {
    switch self {
    case .short(let bytes): "it is \(counted(bytes, "byte")) long"
    case .headerLength(let length): "its header would be \(counted(length, "byte")) long"
    case .headerNoObject: "its header is not a JSON object"
    case .headerNoJSON(let reason): "its header is not JSON: \(reason)"
    case .metadataNoObject: "its metadata is not an object"
    case .metadataNoText: "its metadata holds something besides texts"
    case .undescribed(let name): "\(name) is not described by dtype, shape and data_offsets"
    case .shape(let name): "the shape of \(name) is not a list of lengths"
    case .large(let name): "\(name) would be too large"
    case .bytes(let name, let begin, let end, let size):
      "\(name) claims bytes \(begin) to \(end), and its shape takes \(size)"
    case .start(let name, let begin, let end): "\(name) starts at byte \(begin), not at \(end)"
    case .total(let taken, let present):
      "its tensors take \(counted(taken, "byte")), and \(present) are there\(present < taken ? ": it is cut off" : "")"
    case .checksum: "its checksum is that of other bytes"
    }
  }
}
