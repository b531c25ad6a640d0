import Base
import Glibc
import Jupyter

/// Files that travel with the program where a wheel installed it: `PREFIX/share/contrast`, which holds `bin`, `lib` and `fonts`.
enum Bundle {
  /// Prefix of the environment that the program was installed into by a wheel; nil for a program that was built here.
  static var prefix: String? {
    guard let program = KernelSpec.currentExecutable(), program.hasSuffix("/share/contrast/bin/contrast")
    else { return nil }
    return String(program.dropLast("/share/contrast/bin/contrast".count))
  }

  /// Makes the fonts that travel along known to Pango, unless the user names settings of their own.
  static func useFonts() {
    guard let prefix else { return }
    setenv("FONTCONFIG_FILE", "\(prefix)/share/contrast/fonts/fonts.conf", 0)
  }
}
