import Base

// A list of layers as a weight file says it: JSON with the number of its form, and an object for each layer with its name as `layer`.
// A later form has a higher number, and is refused by it.

extension ListedLayer {
  private static let version = 1

  static func text(of list: [ListedLayer]) -> String {
    let form: JSON = ["version": .int(version), "layers": .array(list.map(\.json))]
    return form.description
  }

  /// Throws `NetworkError` where the text is none, or one of a later version.
  static func list(in text: String) throws -> [ListedLayer] {
    guard let json = try? JSON.parse(text), let version = json["version"]?.int else {
      throw NetworkError.unreadableLayers
    }
    guard version <= ListedLayer.version else {
      throw NetworkError.newerLayers(version: version, newest: ListedLayer.version)
    }
    return try layers(json["layers"])
  }

  private static func layers(_ json: JSON?) throws -> [ListedLayer] {
    guard let list = json?.array else { throw NetworkError.unreadableLayers }
    return try list.map { try ListedLayer($0) }
  }

  private var json: JSON {
    switch self {
    case .convolution(let channels, let size, let stride):
      ["layer": "convolution", "channels": .int(channels), "size": .int(size), "stride": .int(stride)]
    case .norm(let norm): ["layer": "norm", "kind": .string(norm.rawValue)]
    case .relu: ["layer": "relu"]
    case .gelu: ["layer": "gelu"]
    case .dropout(let share): ["layer": "dropout", "share": .number(share)]
    case .pool(let pooling): ["layer": "pool", "kind": .string(pooling.rawValue)]
    case .window(let pooling, let size, let stride):
      [
        "layer": "pool", "kind": .string(pooling.rawValue), "size": .int(size), "stride": .int(stride),
      ]
    case .linear(let outputs): ["layer": "linear", "outputs": .int(outputs)]
    case .flatten: ["layer": "flatten"]
    case .residual(let list): ["layer": "residual", "layers": .array(list.map(\.json))]
    case .attention(let attention):
      [
        "layer": "attention", "heads": .int(attention.heads),
        "hidden": attention.hidden.map { .int($0) } ?? .null, "bend": .string(attention.bend.rawValue),
        "dropout": .number(attention.dropout),
      ]
    case .patches(let side, let width):
      ["layer": "patches", "side": .int(side), "width": width.map { .int($0) } ?? .null]
    case .positions: ["layer": "positions"]
    case .repeated(let times, let list):
      ["layer": "repeat", "times": .int(times), "layers": .array(list.map(\.json))]
    case .group(let list): ["layer": "group", "layers": .array(list.map(\.json))]
    }
  }

  private init(_ json: JSON) throws {
    func known<T>(_ value: T?) throws -> T {
      guard let value else { throw NetworkError.unreadableLayers }
      return value
    }
    func number(_ name: String) throws -> Int { try known(json[name]?.int) }
    func share(_ name: String) throws -> Float { try known(json[name]?.string.flatMap { Float($0) }) }
    /// A number or null, which must be there.
    func optional(_ name: String) throws -> Int? {
      try known(json[name]) == .null ? nil : number(name)
    }
    func word<T: RawRepresentable<String>>(_ name: String) throws -> T {
      try known(json[name]?.string.flatMap { T(rawValue: $0) })
    }
    let name = try known(json["layer"]?.string)
    switch name {
    case "convolution":
      self = .convolution(
        channels: try number("channels"), size: try number("size"), stride: try number("stride"))
    case "norm": self = .norm(try word("kind"))
    case "relu": self = .relu
    case "gelu": self = .gelu
    case "dropout": self = .dropout(try share("share"))
    case "pool" where json["size"] != nil:
      self = .window(try word("kind"), size: try number("size"), stride: try number("stride"))
    case "pool": self = .pool(try word("kind"))
    case "linear": self = .linear(try number("outputs"))
    case "flatten": self = .flatten
    case "residual": self = .residual(try ListedLayer.layers(json["layers"]))
    case "attention":
      self = .attention(
        .init(
          heads: try number("heads"), hidden: try optional("hidden"), bend: try word("bend"),
          dropout: try share("dropout")))
    case "patches": self = .patches(side: try number("side"), width: try optional("width"))
    case "positions": self = .positions
    case "repeat": self = .repeated(try number("times"), try ListedLayer.layers(json["layers"]))
    case "group": self = .group(try ListedLayer.layers(json["layers"]))
    default: throw NetworkError.unreadableLayers
    }
  }
}

extension JSON {
  /// A number of single precision as text, so that it comes back to the bit.
  fileprivate static func number(_ value: Float) -> JSON { .string("\(value)") }
}
