import Base
import Testing

@Suite("What belongs to one thread at a time")
struct ThreadOwnerTests {
  private final class Owned: Sendable {
    let owner = ThreadOwner()
  }

  @Test("goes from thread to thread once it is released")
  func released() throws {
    let owned = Owned()
    owned.owner.check()
    owned.owner.check()
    owned.owner.release()
    try NativeThread(named: "other") {
      owned.owner.check()
      owned.owner.release()
    }.join()
    owned.owner.check()
  }

  @Test("ends the program where another thread uses it")
  func taken() async {
    await #expect(processExitsWith: .failure) {
      let owned = Owned()
      owned.owner.check()
      try NativeThread(named: "other") { owned.owner.check() }.join()
    }
  }
}
