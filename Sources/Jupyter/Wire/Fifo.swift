/// First in, first out. What was taken is free at once, and taking the first of thousands moves no other.
struct Fifo<Element> {
  private var places: [Element?] = []
  /// The place of the first.
  private var head = 0

  var isEmpty: Bool { head == places.count }
  var count: Int { places.count - head }
  var first: Element? { isEmpty ? nil : places[head] }

  mutating func append(_ element: Element) { places.append(element) }

  mutating func takeFirst() -> Element? {
    guard !isEmpty else { return nil }
    let first = places[head]
    places[head] = nil
    head += 1
    if head > places.count / 2 {
      places.removeFirst(head)
      head = 0
    }
    return first
  }

  /// Takes the last that fits, from among the others.
  mutating func takeLast(where fits: (Element) -> Bool) -> Element? {
    let place = places[head...].lastIndex { $0.map(fits) ?? false }
    return place.flatMap { places.remove(at: $0) }
  }
}
