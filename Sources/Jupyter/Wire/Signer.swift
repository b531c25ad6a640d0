import Base
import Crypto
import FoundationEssentials

/// Algorithm of the signatures, named as in connection files.
public enum SignatureScheme: String, Sendable, CaseIterable {
  case sha256 = "hmac-sha256"
  case sha512 = "hmac-sha512"
  case md5 = "hmac-md5"
}

/// HMAC over the four JSON frames of a message, exactly as they are sent.
package struct Signer: Sendable {
  let scheme: SignatureScheme
  private let key: SymmetricKey
  /// Whether the key is empty: signatures are then empty and not checked.
  package let isOff: Bool

  package init(key: String, scheme: SignatureScheme) {
    self.scheme = scheme
    self.key = SymmetricKey(data: Array(key.utf8))
    isOff = key.isEmpty
  }

  /// The signature in lower-case hexadecimal.
  package func signature(of frames: some Sequence<Frame>) -> Frame {
    if isOff { return [] }
    switch scheme {
    case .sha256: return digest(SHA256.self, frames)
    case .sha512: return digest(SHA512.self, frames)
    case .md5: return digest(Insecure.MD5.self, frames)
    }
  }

  package func isValid(_ signature: Frame, of frames: some Sequence<Frame>) -> Bool {
    if isOff { return true }
    let expected = self.signature(of: frames)
    guard signature.count == expected.count else { return false }
    // Looks at every byte, so that the time taken tells nothing about where the first difference is.
    var difference: UInt8 = 0
    for (given, right) in zip(signature, expected) { difference |= given ^ right }
    return difference == 0
  }

  private func digest<Hash: HashFunction>(_ hash: Hash.Type, _ frames: some Sequence<Frame>) -> Frame {
    var code = HMAC<Hash>(key: key)
    for frame in frames { code.update(data: frame) }
    return Frame(hexadecimal(code.finalize()).utf8)
  }
}
