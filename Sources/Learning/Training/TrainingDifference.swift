import Base
import FoundationEssentials
import Images
import Networks

/// A setting by which a training in a file is another one than that which was asked for: its value there, and here.
public enum TrainingDifference: Sendable, Equatable {
  /// A setting of the network, by its name in files; nil where it has none.
  case network(String, String?, here: String?)
  case method(String, here: String)
  /// A setting of the method.
  case setting(String, String?, here: String?)
  case augmentation(Augmentation, here: Augmentation)
  /// The images, which differ though there may be as many.
  case images(Int, here: Int)
  /// A setting of the plan, by its name in files.
  case plan(String, String?, here: String?)
  case epochs(Int, here: Int, isFinished: Bool)
  case seed(UInt64, here: UInt64)
  /// The metric by which the best epoch is told.
  case best(String?, here: String?)
  /// The weights that the training began with. `isTrained` says whether the model here has learned already.
  case weights(isTrained: Bool)

  static func of(
    networks theirs: [String: String], _ ours: [String: String], methods: MethodSettings,
    _ method: MethodSettings
  ) throws -> [TrainingDifference] {
    // The sizes of another architecture have other names.
    let name = "architecture"
    let others =
      theirs[name] == ours[name]
      ? differing(theirs, ours).map { TrainingDifference.network($0, theirs[$0], here: ours[$0]) }
      : [.network(name, theirs[name], here: ours[name])]
    guard methods.method == method.method else {
      return others + [.method(methods.method, here: method.method)]
    }
    let (a, b) = (try members(of: methods)["settings"], try members(of: method)["settings"])
    let (old, new) = (texts(a?.object ?? [:]), texts(b?.object ?? [:]))
    return others + differing(old, new).map { .setting($0, old[$0], here: new[$0]) }
  }

  /// Without their epochs.
  static func of(plans theirs: TrainingPlan, _ ours: TrainingPlan) throws -> [TrainingDifference] {
    var longer = theirs
    longer.epochs = ours.epochs
    let (old, new) = (texts(try members(of: longer)), texts(try members(of: ours)))
    return differing(old, new).map { .plan($0, old[$0], here: new[$0]) }
  }

  private static func differing(_ a: [String: String], _ b: [String: String]) -> [String] {
    Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
  }

  /// As a file has them: whatever is added to a plan or a method is compared from then on.
  private static func members(of value: some Encodable) throws -> [String: JSON] {
    try JSON.parse(Array(JSONEncoder().encode(value))).object ?? [:]
  }

  private static func texts(_ members: [String: JSON]) -> [String: String] { members.mapValues(text) }

  private static func text(_ value: JSON) -> String {
    switch value {
    case .string(let text): text
    // What was single precision is written as such: 0.1 and not 0.10000000149011612.
    case .double(let number) where Double(Float(number)) == number: written(Float(number))
    case .double(let number): written(number)
    case .array(let values): "[" + values.map(text).joined(separator: ", ") + "]"
    default: String(decoding: value.serialized(), as: UTF8.self)
    }
  }
}
