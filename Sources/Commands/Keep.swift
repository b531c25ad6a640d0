import Base
import Language
import Learning

/// A file that a run which ended early left, or why it could not.
public struct Kept: Sendable {
  public let path: String
  /// Reason why it could not be written; nil if it is.
  public let problem: String?
}

extension Session {
  /// Saves what a run that ends early has made: each trained model that has a name as `NAME.safetensors`, each table as
  /// `NAME.csv`.
  public func keep(in folder: String) -> [Kept] {
    var known: Set<ObjectIdentifier> = []
    return workspace.entries.filter { $0.name != "last" }.compactMap { name, value in
      switch value {
      case let value as ModelValue:
        // One model may have several names.
        let isNew = known.insert(ObjectIdentifier(value.model)).inserted
        guard isNew, !value.model.history.steps.isEmpty else { return nil }
        return kept("\(folder)/\(name).safetensors") { try value.model.save(to: $0) }
      case let value as TableValue:
        return kept("\(folder)/\(name).csv") {
          try WholeFile.write(try value.frozen.file(ending: "csv"), to: $0)
        }
      default: return nil
      }
    }
  }

  private func kept(_ path: String, write: (String) throws -> Void) -> Kept {
    do {
      try write(path)
      return Kept(path: path, problem: nil)
    } catch {
      let problem = explain(error) ?? (error as? Problem) ?? Problem("\(error)")
      return Kept(path: path, problem: problem.message)
    }
  }
}
