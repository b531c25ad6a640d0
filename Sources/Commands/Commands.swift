// Commands: the vocabulary. One file per command, the workspace of named values, and the rich display of each value.
//
// A command checks what it was given, calls one of the modules below, and shows the result. Algorithms live in
// those modules, never here.
// Those modules throw facts; their sentences are written in `Wording`.
//
// Start reading at `Session.swift`, then any file in `Verbs`.
