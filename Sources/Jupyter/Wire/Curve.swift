import Base
import CZeroMQ

/// Pair of keys with which a kernel encrypts its five sockets (CurveZMQ); clients read them from the connection file.
public struct CurveKeys: Sendable, Equatable {
  /// Public key, 40 characters in Z85.
  public var publicKey: String
  /// Secret key, 40 characters in Z85.
  public var secretKey: String

  /// Members of connection files.
  static let names = (public: "curve_publickey", secret: "curve_secretkey")

  /// Throws if one is not a key, or libzmq lacks encryption.
  package init(publicKey: String, secretKey: String) throws(ConnectionFault) {
    guard zmq_has("curve") == 1 else { throw .noCurve }
    for (name, key) in [(CurveKeys.names.public, publicKey), (CurveKeys.names.secret, secretKey)] {
      var bytes = [UInt8](repeating: 0, count: 32)
      guard key.utf8.count == 40, zmq_z85_decode(&bytes, key) != nil else {
        throw .curveKey(name)
      }
    }
    self.publicKey = publicKey
    self.secretKey = secretKey
  }

  /// Reads both keys of a connection file, or none.
  init?(json: JSON) throws(ConnectionFault) {
    let values = [CurveKeys.names.public, CurveKeys.names.secret].map {
      json[$0].flatMap { $0 == .null ? nil : $0 }
    }
    switch (values[0], values[1]) {
    case (nil, nil): return nil
    case (.string(let publicKey)?, .string(let secretKey)?):
      try self.init(publicKey: publicKey, secretKey: secretKey)
    default:
      throw .curvePair
    }
  }

  /// Generates a pair; nil if libzmq lacks encryption.
  package static func generate() -> CurveKeys? {
    var keys = [[CChar]](repeating: [CChar](repeating: 0, count: 41), count: 2)
    let status = keys[0].withUnsafeMutableBufferPointer { publicKey in
      var secret = [CChar](repeating: 0, count: 41)
      let status = zmq_curve_keypair(publicKey.baseAddress, &secret)
      return (status, secret)
    }
    guard status.0 == 0 else { return nil }
    keys[1] = status.1
    let texts = keys.map { String(decoding: $0.prefix(40).map(UInt8.init(bitPattern:)), as: UTF8.self) }
    return try? CurveKeys(publicKey: texts[0], secretKey: texts[1])
  }
}

extension Socket {
  /// Encrypts a kernel's socket; called before it is bound.
  func serve(_ keys: CurveKeys) {
    set(ZMQ_CURVE_SERVER, 1)
    set(ZMQ_CURVE_PUBLICKEY, keys.publicKey)
    set(ZMQ_CURVE_SECRETKEY, keys.secretKey)
  }

  /// Encrypts a client's socket; called before it is connected.
  package func join(_ keys: CurveKeys) {
    set(ZMQ_CURVE_SERVERKEY, keys.publicKey)
    set(ZMQ_CURVE_PUBLICKEY, keys.publicKey)
    set(ZMQ_CURVE_SECRETKEY, keys.secretKey)
  }

  private func set(_ option: Int32, _ key: String) {
    zmq_setsockopt(pointer, option, key, 40)
  }
}
