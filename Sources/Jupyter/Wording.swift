import Base

// Faults in files that people and other programs write, as facts, and the words for all of them.

/// Fault in a connection or registration file.
package enum ConnectionFault: Error, Equatable {
  case noObject
  case noText(String)
  case transport(String)
  case scheme(String)
  case noPort(String)
  case port(String, JSON)
  /// libzmq lacks CURVE.
  case noCurve
  case curveKey(String)
  /// One key of two, or keys that are not text.
  case curvePair
  case noRegistrationPort

  /// End of a sentence about the file: "has no …".
  var words: String {
    switch self {
    case .noObject: "holds no JSON object"
    case .noText(let name): "has a \"\(name)\" that is not text"
    case .transport(let name): "asks for transport \"\(name)\"; this kernel knows tcp and ipc"
    case .scheme(let name):
      "asks for signature scheme \"\(name)\"; this kernel knows "
        + SignatureScheme.allCases.map(\.rawValue).joined(separator: ", ")
    case .noPort(let name): "has no \"\(name)\""
    case .port(let name, let value): "has \(value) as \"\(name)\"; expected a number from 1 to 65535"
    case .noCurve: "asks for CURVE encryption, which the libzmq of this computer lacks"
    case .curveKey(let name): "has a \"\(name)\" that is not a key of 40 characters in Z85"
    case .curvePair:
      "needs both \"\(CurveKeys.names.public)\" and \"\(CurveKeys.names.secret)\" as text, or neither"
    case .noRegistrationPort: "has no number \"registration_port\""
    }
  }
}

/// Fault in a notebook file.
package enum NotebookFault: Error, Equatable {
  case noObject, noFormat, noCells
  case format(Int)
  /// A cell, by its index.
  case cell(Int, CellFault)

  package enum CellFault: Error, Equatable {
    case noObject, noType, noSource

    fileprivate var words: String {
      switch self {
      case .noObject: "is not a JSON object"
      case .noType: "has no known \"cell_type\" (code, markdown or raw)"
      case .noSource: "has no text \"source\""
      }
    }
  }

  var words: String {
    switch self {
    case .noObject: "expected a JSON object"
    case .noFormat: "it has no \"nbformat\""
    case .format(let format): "it has format \(format); open and save it in JupyterLab to get format 4"
    case .noCells: "it has no list of \"cells\""
    case .cell(let index, let fault):
      "cell \(index + 1) \(fault.words)"
    }
  }
}
