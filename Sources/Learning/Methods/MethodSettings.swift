import Networks
import Tensors

/// Reasons why a model's file gives no method.
public enum MethodError: Error, Equatable {
  /// Neither a temperature nor classes are there, by which format 1 told methods.
  case untold
  case unknown(String, known: [String])
  case lacks(String, setting: String)
  /// So many numbers where a few should be, and one that is none of those it may be.
  case many(String, setting: String, Int)
  case number(String, setting: String, Double)
  case form(String)
  /// A word where one of a few others should be.
  case choice(String, setting: String, String)
  case loss(NTXentError)
  /// The number of classes, where they or the halves of the seed are none.
  case classes(String, Int)
}

/// Settings of a method in a model's file, by name.
public struct MethodSettings: Sendable, Equatable, Codable {
  public enum Setting: Sendable, Equatable {
    case number(Double)
    case numbers([Double])
    case text(String)
    case texts([String])
  }

  public let method: String
  private var settings: [String: Setting]

  public init(_ method: String, _ settings: [String: Setting] = [:]) {
    self.method = method
    self.settings = settings
  }

  public subscript(name: String) -> Setting? {
    get { settings[name] }
    set { settings[name] = newValue }
  }

  /// Throws `MethodError` where there is no such number.
  public func number(_ name: String) throws -> Double {
    guard case .number(let value)? = settings[name] else { throw lacks(name) }
    return value
  }

  /// Throws `MethodError` where there is no such number, or not in the range.
  public func number(_ name: String, in range: ClosedRange<Double>) throws -> Double {
    let value = try number(name)
    guard range.contains(value) else { throw MethodError.number(method, setting: name, value) }
    return value
  }

  /// A whole number; throws as `number(_:in:)`.
  public func whole(_ name: String, in range: ClosedRange<Int>) throws -> Int {
    let value = try number(name)
    guard let whole = Int(exactly: value), range.contains(whole) else {
      throw MethodError.number(method, setting: name, value)
    }
    return whole
  }

  /// A temperature; throws `MethodError` where it is none.
  public func temperature(_ name: String = "temperature") throws -> Float {
    let value = Float(try number(name))
    guard value.isFinite, value > 0 else { throw MethodError.loss(.temperature(value)) }
    return value
  }

  /// Yes or no, as 1 or 0.
  public func flag(_ name: String) throws -> Bool { try whole(name, in: 0...1) == 1 }

  /// Widths of a head's layers.
  public func widths(_ name: String) throws -> [Int] { try wholes(name, in: 1...65_536, most: 16) }

  /// So many numbers; throws as `number(_:in:)`.
  public func numbers(_ name: String, in range: ClosedRange<Double>, count: Int) throws -> [Double] {
    guard case .numbers(let values)? = settings[name] else { throw lacks(name) }
    guard values.count == count else { throw MethodError.many(method, setting: name, values.count) }
    if let wrong = values.first(where: { !range.contains($0) }) {
      throw MethodError.number(method, setting: name, wrong)
    }
    return values
  }

  /// Throws where there are no such whole numbers in the range, or more than `most`.
  public func wholes(_ name: String, in range: ClosedRange<Int>, most: Int) throws -> [Int] {
    let values: [Double]
    switch settings[name] {
    case .numbers(let found): values = found
    // An empty list does not say of what.
    case .texts(let found) where found.isEmpty: values = []
    default: throw lacks(name)
    }
    guard values.count <= most else { throw MethodError.many(method, setting: name, values.count) }
    return try values.map {
      guard let whole = Int(exactly: $0), range.contains(whole) else {
        throw MethodError.number(method, setting: name, $0)
      }
      return whole
    }
  }

  /// Throws `MethodError` where there is no such text.
  public func text(_ name: String) throws -> String {
    guard case .text(let value)? = settings[name] else { throw lacks(name) }
    return value
  }

  /// Throws `MethodError` where there are no such texts.
  public func texts(_ name: String) throws -> [String] {
    switch settings[name] {
    case .texts(let found): return found
    case .numbers(let found) where found.isEmpty: return []
    default: throw lacks(name)
    }
  }

  private func lacks(_ name: String) -> MethodError { .lacks(method, setting: name) }
}

extension MethodSettings.Setting {
  static func flag(_ value: Bool) -> Self { .number(value ? 1 : 0) }
  static func widths(_ values: [Int]) -> Self { .numbers(values.map(Double.init)) }
}

extension MethodSettings.Setting: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let values = try? container.decode([Double].self) {
      self = .numbers(values)
    } else {
      self = .texts(try container.decode([String].self))
    }
  }

  public func encode(to encoder: any Swift.Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let value): try container.encode(value)
    case .numbers(let values): try container.encode(values)
    case .text(let value): try container.encode(value)
    case .texts(let values): try container.encode(values)
    }
  }
}

/// A method that settings describe: checked, and its size known, before anything of it is made.
public struct MethodDescription {
  /// Numbers that it trains or keeps beside the encoder.
  public let weightCount: Int
  /// The method, with initial weights that are to be replaced. Throws `InputError` where there is no room for it.
  public let make: (any Networks.Encoder) throws -> any Method

  public init(weightCount: Int, make: @escaping (any Networks.Encoder) throws -> any Method) {
    self.weightCount = weightCount
    self.make = make
  }

  /// A method with a head of such widths, whose weights are drawn from a stream.
  init(
    weightCount: Int, head widths: [Int],
    make: @escaping (any Networks.Encoder, inout RandomStream) throws -> any Method
  ) {
    self.init(weightCount: weightCount) { encoder in
      try ProjectionHead.checkMemory(input: encoder.outputWidth, widths: widths)
      var random = RandomStream(seed: 0)
      return try make(encoder, &random)
    }
  }
}

/// The methods that model files may name.
enum Methods {
  static var all: [any Method.Type] {
    [
      SimCLRMethod.self, DecoupledMethod.self, FormulaMethod.self, MoCoMethod.self, MoCoV3Method.self,
      NNCLRMethod.self,
      BYOLMethod.self, SimSiamMethod.self, BarlowTwinsMethod.self, VICRegMethod.self, SwAVMethod.self,
      DINOMethod.self, SupConMethod.self, RotationMethod.self, JigsawMethod.self, PIRLMethod.self,
      MAEMethod.self,
      SupervisedMethod.self,
    ]
  }

  /// Throws `MethodError` where the method is not known, or its settings mean nothing.
  static func describe(_ settings: MethodSettings, on encoder: NetworkDescription) throws -> MethodDescription
  {
    guard let method = all.first(where: { $0.name == settings.method }) else {
      throw MethodError.unknown(settings.method, known: all.map { $0.name })
    }
    return try method.describe(settings, on: encoder)
  }
}
