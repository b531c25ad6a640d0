/// Queue, first in, first out. Removed elements are freed at once, and removing the first of thousands moves no other.
struct Fifo<Element> {
  private var places: [Element?] = []
  /// Index of the first element.
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

  /// Removes the last element that satisfies `fits`.
  mutating func takeLast(where fits: (Element) -> Bool) -> Element? {
    let place = places[head...].lastIndex { $0.map(fits) ?? false }
    return place.flatMap { places.remove(at: $0) }
  }
}
