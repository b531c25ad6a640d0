import Base

/// Reasons why a weight file, named by its path, cannot be read or written.
public enum WeightFileError: Error, Equatable {
  case unreadable(String, SystemError)
  case large(String, bytes: Int)
  case damaged(String, Damage)
  case kind(String, name: String, String)
  /// The file holds no tensor of that name, but first of all those `instead`.
  case missing(String, name: String, instead: [String])
  case shape(String, name: String, [Int], needed: [Int])
  /// A tensor that the network has no place for, although it has others of that part.
  case extra(String, name: String)
  case notFinite(String, name: String)
  /// A header longer than what can be read again.
  case longHeader(String, bytes: Int, most: Int)

  /// Breaches of the format.
  public enum Damage: Equatable, Sendable {
    /// The file has fewer bytes than the length of a header takes.
    case short(Int)
    case headerLength(Int)
    case headerNoObject
    case headerNoJSON(String)
    case metadataNoObject, metadataNoText
    /// A tensor's description, shape or size.
    case undescribed(String), shape(String), large(String)
    case bytes(String, Int, Int, shape: Int)
    case start(String, Int, not: Int)
    case total(Int, present: Int)
    /// Bytes that are not those that the checksum was made of.
    case checksum
  }
}
