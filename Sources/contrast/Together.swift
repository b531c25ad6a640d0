import Base
import Commands
import FrontEnd
import Glibc
import Machines
import Synchronization
import Tensors

/// Life of a process that mpirun or srun started among others.
enum Together {
  /// The crew of the first process, which goes on as it would alone; nil in one that was started alone. Another process follows the first to its end, and then ends the program.
  static func crew() -> Crew? {
    do throws(InputError) {
      guard let crew = try Crew.joined(version: Version.current, cores: Cores.usable) else { return nil }
      crew.takeTurnsWithFiles()
      if crew.rank > 0 {
        // The first process takes signals, and says when to stop.
        signal(SIGINT, SIG_IGN)
        signal(SIGTERM, SIG_IGN)
        try follow(crew)
        exit(0)
      }
      leaving.withLock { $0 = crew }
      atexit { Together.leaving.withLock { $0.take() }?.quit() }
      return crew
    } catch {
      fail("\(error.message)\(error.advice.map { "; \($0)" } ?? "")")
    }
  }

  private static let leaving = Mutex<Crew?>(nil)

  private static func follow(_ crew: Crew) throws(InputError) {
    let session = Session(team: crew)
    try crew.follow(interrupt: session.interrupt) { name, value in
      do throws(CellError) {
        try session.pin(name, to: value)
        return nil
      } catch {
        return error.message
      }
    } run: { code in
      do throws(CellError) {
        _ = try session.run(cell: code, console: Unseen())
        return nil
      } catch {
        return error.message
      }
    }
  }

  /// Console of a process whose outputs nobody sees.
  private final class Unseen: Console {
    func write(_ text: String, to stream: TextStream) {}
    func display(_ rich: Rich, id: String?) {}
    func update(_ rich: Rich, id: String) {}
    func result(_ rich: Rich) {}
  }
}
