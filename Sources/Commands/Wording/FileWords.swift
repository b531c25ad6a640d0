import Base
import Glibc

extension FileError: Worded {
  var words: InputError {
    let option = Open.command.word(\.$path)
    switch self {
    case .unreadable(let path, let error):
      return InputError(
        "Cannot read \(path): \(error.reason).", option: option,
        advice: error.code == ENOENT ? "Look at the name and the folder again." : error.advice)
    case .unwritable(let path, let error):
      return InputError(
        "Cannot write \(path): \(error.reason).", option: option,
        advice: error.code == ENOENT ? "Make its folder first." : error.advice)
    }
  }
}

extension SystemError {
  fileprivate var advice: String {
    switch code {
    case EACCES, EPERM, EROFS: "Choose a folder and a file that are yours."
    case ENOSPC, EDQUOT: "Free some space on the disk, or choose another one."
    case EISDIR: "Name a file, not a folder."
    case EFBIG: "Name a smaller file."
    default: "Name another file."
    }
  }
}
