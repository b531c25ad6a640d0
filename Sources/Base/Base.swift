// Base: what every module needs and none should have twice: the errors, the interrupt and the progress that a person meets, the
// words of counts and lists, JSON, threads, checksums, and files that are written whole or not at all.
//
// It knows nothing of tensors, of the language or of Jupyter, and stands under all of them.
//
// Start reading at `InputError.swift`, `Interrupt.swift` and `Progress.swift`; files begin at `Files/WholeFile.swift`.
