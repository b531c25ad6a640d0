import Base
import Glibc

/// The functions of Open MPI that are used, found in the library by name.
///
/// Open MPI's constants, such as the communicator of all processes, are addresses of symbols in the library; its status may be nil (`MPI_STATUS_IGNORE`).
final class MPILibrary: @unchecked Sendable {
  // Sendable: MPI was asked for its level of threads at which any thread may call it, and gave it.
  typealias Address = UnsafeMutableRawPointer
  private typealias Initialise =
    @convention(c) (Address?, Address?, Int32, UnsafeMutablePointer<Int32>) -> Int32
  private typealias Number = @convention(c) (Address, UnsafeMutablePointer<Int32>) -> Int32
  private typealias Start =
    @convention(c) (
      Address?, Int32, Address, Int32, Int32, Address, UnsafeMutablePointer<Address?>
    ) -> Int32
  private typealias Test =
    @convention(c) (
      UnsafeMutablePointer<Address?>, UnsafeMutablePointer<Int32>, Address?
    ) -> Int32
  private typealias Probe =
    @convention(c) (Int32, Int32, Address, UnsafeMutablePointer<Int32>, Address?) -> Int32

  private let world: Address
  private let byte: Address
  private let (startSend, startReceive): (Start, Start)
  private let test: Test
  private let probe: Probe
  private let finalise: @convention(c) () -> Int32
  let rank: Int
  let size: Int

  /// Whether the library is there, which then stays loaded: for a program that only reports.
  static var isInstalled: Bool { dlopen("libmpi.so.40", RTLD_LAZY) != nil }

  /// Variables that mpirun, and srun with its help, set in the processes that they start.
  static let marks = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"]

  /// Joins the processes that were started together. Throws `InputError` where the library is missing or cannot serve.
  init() throws(InputError) {
    // Plugins of some builds are not linked to the library: they find it among the symbols of the whole process alone.
    guard let library = dlopen("libmpi.so.40", RTLD_NOW | RTLD_GLOBAL) else {
      throw InputError(
        "this process was started by mpirun or srun, and libmpi.so.40 cannot be loaded: \(String(cString: dlerror()))",
        advice: "install Open MPI 4.1 (openmpi-bin), or start contrast without mpirun")
    }
    func symbol(_ name: String) throws(InputError) -> Address {
      guard let address = dlsym(library, name) else {
        throw InputError("libmpi.so.40 has no \(name)", advice: "install Open MPI 4.1 (openmpi-bin)")
      }
      return address
    }
    world = try symbol("ompi_mpi_comm_world")
    byte = try symbol("ompi_mpi_byte")
    startSend = unsafeBitCast(try symbol("MPI_Isend"), to: Start.self)
    startReceive = unsafeBitCast(try symbol("MPI_Irecv"), to: Start.self)
    test = unsafeBitCast(try symbol("MPI_Test"), to: Test.self)
    probe = unsafeBitCast(try symbol("MPI_Iprobe"), to: Probe.self)
    finalise = unsafeBitCast(try symbol("MPI_Finalize"), to: (@convention(c) () -> Int32).self)
    let initialise = unsafeBitCast(try symbol("MPI_Init_thread"), to: Initialise.self)
    let (anyThread, own): (Int32, Number) = (3, unsafeBitCast(try symbol("MPI_Comm_rank"), to: Number.self))
    let all = unsafeBitCast(try symbol("MPI_Comm_size"), to: Number.self)
    var (given, rank, size): (Int32, Int32, Int32) = (0, 0, 0)
    guard initialise(nil, nil, anyThread, &given) == 0, own(world, &rank) == 0, all(world, &size) == 0 else {
      throw InputError("MPI cannot start", advice: "look at what mpirun says")
    }
    guard given == anyThread else {
      throw InputError(
        "this MPI was built without threads", advice: "install Open MPI 4.1 as Debian has it (openmpi-bin)")
    }
    (self.rank, self.size) = (Int(rank), Int(size))
  }

  /// Sends the bytes of `buffer` and returns once they may be changed.
  func send(_ buffer: UnsafeRawBufferPointer, to process: Int, tag: Int32) {
    var request: Address?
    let address = UnsafeMutableRawPointer(mutating: buffer.baseAddress)
    _ = startSend(address, Int32(buffer.count), byte, Int32(process), tag, world, &request)
    finish(&request)
  }

  func receive(into buffer: UnsafeMutableRawBufferPointer, from process: Int, tag: Int32) {
    var request: Address?
    _ = startReceive(buffer.baseAddress, Int32(buffer.count), byte, Int32(process), tag, world, &request)
    finish(&request)
  }

  /// Whether a message has begun to come.
  func isComing(from process: Int, tag: Int32) -> Bool {
    var flag: Int32 = 0
    return probe(Int32(process), tag, world, &flag, nil) == 0 && flag != 0
  }

  func leave() { _ = finalise() }

  /// MPI's own waiting keeps a core busy; this one looks and sleeps.
  private func finish(_ request: inout Address?) {
    var (flag, patience): (Int32, Patience) = (0, Patience())
    while test(&request, &flag, nil) == 0, flag == 0 { patience.wait() }
  }
}

/// Sleep between two looks, which grows while nothing comes: 20 µs to 1 ms.
struct Patience {
  private var microseconds: UInt32 = 20

  mutating func wait() {
    usleep(microseconds)
    microseconds = min(1000, microseconds + microseconds / 4)
  }
}
