import Base
import CZeroMQ

/// The pair of keys with which a kernel encrypts its five sockets (CurveZMQ); clients have them from the connection file.
public struct CurveKeys: Sendable, Equatable {
  /// Forty characters each, Z85.
  public var publicKey: String
  public var secretKey: String

  /// Throws where one of them is no key, or this libzmq cannot encrypt.
  public init(publicKey: String, secretKey: String) throws(InputError) {
    guard zmq_has("curve") == 1 else {
      throw InputError("asks for CURVE encryption, which the libzmq of this computer lacks")
    }
    for (name, key) in [("curve_publickey", publicKey), ("curve_secretkey", secretKey)] {
      var bytes = [UInt8](repeating: 0, count: 32)
      guard key.utf8.count == 40, zmq_z85_decode(&bytes, key) != nil else {
        throw InputError("has a \"\(name)\" that is no key of 40 characters in Z85")
      }
    }
    self.publicKey = publicKey
    self.secretKey = secretKey
  }

  /// From a connection file: both keys, or none.
  init?(json: JSON) throws(InputError) {
    let values = ["curve_publickey", "curve_secretkey"].map { json[$0].flatMap { $0 == .null ? nil : $0 } }
    switch (values[0], values[1]) {
    case (nil, nil): return nil
    case (.string(let publicKey)?, .string(let secretKey)?):
      try self.init(publicKey: publicKey, secretKey: secretKey)
    default:
      throw InputError("needs both \"curve_publickey\" and \"curve_secretkey\" as text, or neither")
    }
  }

  /// A new pair; nil where libzmq cannot encrypt.
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
  /// Encrypts what goes over the socket, as the kernel's side; before it is bound.
  func serve(_ keys: CurveKeys) {
    set(ZMQ_CURVE_SERVER, 1)
    set(ZMQ_CURVE_PUBLICKEY, keys.publicKey)
    set(ZMQ_CURVE_SECRETKEY, keys.secretKey)
  }

  /// The same as a client's side; before it is connected.
  package func join(_ keys: CurveKeys) {
    set(ZMQ_CURVE_SERVERKEY, keys.publicKey)
    set(ZMQ_CURVE_PUBLICKEY, keys.publicKey)
    set(ZMQ_CURVE_SECRETKEY, keys.secretKey)
  }

  private func set(_ option: Int32, _ key: String) {
    zmq_setsockopt(pointer, option, key, 40)
  }
}
