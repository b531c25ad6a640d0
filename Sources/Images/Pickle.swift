/// Reasons why a file is no pickle of the kind that CIFAR's Python version holds: its path first.
public enum PickleError: Error, Equatable {
  /// The file begins otherwise than a pickle of protocol 2 or later.
  case noPickle(String)
  case cutOff(String)
  /// The file asks Python for a name that no such file needs, such as `os.system`. Nothing is ever called.
  case foreign(String, name: String)
  /// An instruction that no such file has, and its place.
  case instruction(String, UInt8, at: Int)
  /// Instructions that do not fit each other.
  case malformed(String, at: Int)
}

/// A pickle of lists, dictionaries, texts, numbers and arrays of NumPy, as CIFAR's Python version is kept (protocol 2, and 3 to 5 where it
/// was written anew).
///
/// This is no interpreter: of the names that a pickle may ask Python for it knows those that make an array, by what they mean, and refuses all
/// others. Values are numbers of nodes, so depth costs no stack and a list within itself no time. Source: Python's `pickletools`, and
/// `ndarray.__reduce__` of NumPy.
struct Pickle {
  enum Node {
    case nothing
    case integer(Int)
    /// Text or bytes, where they lie in the file.
    case bytes(Range<Int>)
    case list([Int])
    case tuple([Int])
    case dictionary([(key: Int, value: Int)])
    case name(String)
    /// A type of elements, such as "u1".
    case type(String)
    case array(type: String, shape: [Int], elements: Range<Int>)
  }

  let path: String
  let bytes: [UInt8]
  private(set) var nodes: [Node] = []
  private var root = 0

  init(_ bytes: [UInt8], path: String) throws(PickleError) {
    self.path = path
    self.bytes = bytes
    guard bytes.count > 2, bytes[0] == 0x80, (2...5).contains(bytes[1]) else { throw .noPickle(path) }
    var machine = Machine(bytes: bytes, path: path)
    root = try machine.run()
    nodes = machine.nodes
  }

  /// The member `name` of the dictionary that the file is; nil where there is none.
  subscript(name: String) -> Node? {
    guard case .dictionary(let members) = nodes[root] else { return nil }
    let wanted = Array(name.utf8)
    for member in members {
      if case .bytes(let range) = nodes[member.key], bytes[range].elementsEqual(wanted) {
        return nodes[member.value]
      }
    }
    return nil
  }

  /// Whole numbers of a list; nil for anything else.
  func integers(_ node: Node?) -> [Int]? {
    guard case .list(let items) = node else { return nil }
    var found: [Int] = []
    found.reserveCapacity(items.count)
    for item in items {
      guard case .integer(let value) = nodes[item] else { return nil }
      found.append(value)
    }
    return found
  }

  /// Texts of a list; nil for anything else.
  func texts(_ node: Node?) -> [String]? {
    guard case .list(let items) = node else { return nil }
    var found: [String] = []
    for item in items {
      guard case .bytes(let range) = nodes[item] else { return nil }
      found.append(String(decoding: bytes[range], as: UTF8.self))
    }
    return found
  }
}

/// The stack that the instructions of a pickle work on.
private struct Machine {
  let bytes: [UInt8]
  let path: String
  var nodes: [Pickle.Node] = []
  private var stack: [Int] = []
  private var marks: [Int] = []
  private var memo: [Int: Int] = [:]
  private var place = 2

  /// More values than any such file holds; one byte can make one.
  private static let mostNodes = 4_000_000

  init(bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
  }

  mutating func run() throws(PickleError) -> Int {
    while true {
      let code = try take(1).first!
      if code == UInt8(ascii: ".") { return try pop() }
      try carryOut(code)
      guard nodes.count <= Machine.mostNodes else { throw malformed }
    }
  }

  private var malformed: PickleError { .malformed(path, at: place) }

  private mutating func carryOut(_ code: UInt8) throws(PickleError) {
    switch code {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "N"): push(.nothing)
    case 0x88, 0x89: push(.integer(code == 0x88 ? 1 : 0))
    case UInt8(ascii: "K"): push(.integer(try number(1)))
    case UInt8(ascii: "M"): push(.integer(try number(2)))
    case UInt8(ascii: "J"): push(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
    case UInt8(ascii: "U"), UInt8(ascii: "C"), 0x8c: try pushBytes(lengthOf: 1)
    case UInt8(ascii: "T"), UInt8(ascii: "B"), UInt8(ascii: "X"): try pushBytes(lengthOf: 4)
    case 0x8e, 0x8d, 0x96: try pushBytes(lengthOf: 8)
    case UInt8(ascii: "]"): push(.list([]))
    case UInt8(ascii: "}"): push(.dictionary([]))
    case UInt8(ascii: ")"): push(.tuple([]))
    case 0x85, 0x86, 0x87:
      var items: [Int] = []
      for _ in 0...Int(code - 0x85) { items.append(try pop()) }
      push(.tuple(items.reversed()))
    case UInt8(ascii: "t"): push(.tuple(try popToMark()))
    case UInt8(ascii: "a"), UInt8(ascii: "e"):
      try append(code == UInt8(ascii: "a") ? [try pop()] : try popToMark())
    case UInt8(ascii: "s"), UInt8(ascii: "u"):
      var items: [Int] = []
      if code == UInt8(ascii: "u") {
        items = try popToMark()
      } else {
        let value = try pop()
        items = [try pop(), value]
      }
      try insert(items)
    case UInt8(ascii: "q"): memo[try number(1)] = try top()
    case UInt8(ascii: "r"): memo[try number(4)] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "h"): try recall(try number(1))
    case UInt8(ascii: "j"): try recall(try number(4))
    case UInt8(ascii: "c"): try name(text(try line()), text(try line()))
    case 0x93:
      guard case .bytes(let last) = nodes[try pop()], case .bytes(let first) = nodes[try pop()] else {
        throw malformed
      }
      try name(text(first), text(last))
    case UInt8(ascii: "R"): try call()
    case UInt8(ascii: "b"): try build()
    case 0x95: _ = try take(8)
    default: throw .instruction(path, code, at: place - 1)
    }
  }

  // MARK: - Bytes

  private mutating func take(_ count: Int) throws(PickleError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - place else { throw .cutOff(path) }
    defer { place += count }
    return bytes[place..<place + count]
  }

  /// A little-endian number without sign, at most 2⁶³ − 1.
  private mutating func number(_ size: Int) throws(PickleError) -> Int {
    var value: UInt64 = 0
    for byte in try take(size).reversed() { value = value << 8 | UInt64(byte) }
    guard let number = Int(exactly: value) else { throw malformed }
    return number
  }

  private mutating func pushBytes(lengthOf size: Int) throws(PickleError) {
    let count = try number(size)
    push(.bytes(try take(count).indices))
  }

  private mutating func line() throws(PickleError) -> Range<Int> {
    guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) else { throw .cutOff(path) }
    defer { place = end + 1 }
    return place..<end
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  // MARK: - The stack

  private mutating func push(_ node: Pickle.Node) {
    stack.append(nodes.count)
    nodes.append(node)
  }

  private func top() throws(PickleError) -> Int {
    guard let last = stack.last else { throw malformed }
    return last
  }

  private mutating func pop() throws(PickleError) -> Int {
    guard stack.count > (marks.last ?? 0), let last = stack.popLast() else { throw malformed }
    return last
  }

  private mutating func popToMark() throws(PickleError) -> [Int] {
    guard let mark = marks.popLast(), mark <= stack.count else { throw malformed }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private mutating func recall(_ key: Int) throws(PickleError) {
    guard let node = memo[key] else { throw malformed }
    stack.append(node)
    // A value that is there already makes no node, but a place on the stack.
    guard stack.count <= Machine.mostNodes else { throw malformed }
  }

  private mutating func append(_ items: [Int]) throws(PickleError) {
    let place = try top()
    guard case .list(var list) = nodes[place] else { throw malformed }
    nodes[place] = .nothing  // so that the list is not copied
    list += items
    nodes[place] = .list(list)
  }

  private mutating func insert(_ items: [Int]) throws(PickleError) {
    let place = try top()
    guard case .dictionary(var members) = nodes[place], items.count % 2 == 0 else { throw malformed }
    nodes[place] = .nothing
    for first in stride(from: 0, to: items.count, by: 2) { members.append((items[first], items[first + 1])) }
    nodes[place] = .dictionary(members)
  }

  // MARK: - What makes an array

  /// The names that `ndarray.__reduce__` writes, and with protocol 5 `__reduce_ex__`, under the modules' old and new names.
  private mutating func name(_ module: String, _ name: String) throws(PickleError) {
    switch (module, name) {
    case ("numpy.core.numeric", "_frombuffer"), ("numpy._core.numeric", "_frombuffer"),
      ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"),
      ("numpy", "ndarray"),
      ("numpy", "dtype"):
      push(.name(name))
    default: throw .foreign(path, name: "\(module).\(name)")
    }
  }

  private mutating func call() throws(PickleError) {
    guard case .tuple(let arguments) = nodes[try pop()], case .name(let name) = nodes[try pop()] else {
      throw malformed
    }
    switch name {
    case "_reconstruct": push(.array(type: "", shape: [], elements: 0..<0))
    case "dtype":
      guard let first = arguments.first, case .bytes(let type) = nodes[first] else { throw malformed }
      push(.type(text(type)))
    case "_frombuffer":
      guard arguments.count == 4, case .bytes(let elements) = nodes[arguments[0]],
        case .type(let type) = nodes[arguments[1]], case .bytes(let order) = nodes[arguments[3]],
        text(order) == "C"
      else { throw malformed }
      push(.array(type: type, shape: try shape(nodes[arguments[2]]), elements: elements))
    default: throw malformed
    }
  }

  private func shape(_ node: Pickle.Node) throws(PickleError) -> [Int] {
    guard case .tuple(let sides) = node else { throw malformed }
    var shape: [Int] = []
    for side in sides {
      guard case .integer(let count) = nodes[side] else { throw malformed }
      shape.append(count)
    }
    return shape
  }

  /// Fills an array by its state: version, shape, type, whether columns come first, bytes. A type's own state says nothing about single bytes.
  private mutating func build() throws(PickleError) {
    let state = nodes[try pop()]
    let place = try top()
    switch nodes[place] {
    case .type: return
    case .array:
      guard case .tuple(let parts) = state, parts.count == 5, case .type(let type) = nodes[parts[2]],
        case .integer(0) = nodes[parts[3]], case .bytes(let elements) = nodes[parts[4]]
      else { throw malformed }
      let shape = try shape(nodes[parts[1]])
      nodes[place] = .array(type: type, shape: shape, elements: elements)
    default: throw malformed
    }
  }
}
