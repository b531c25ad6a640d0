// Disk: files that are written whole or not at all, for all that writes one: models, figures, tables, notebooks,
// registrations. One place says what becomes of links, permissions, and of the drafts that a killed program leaves.
//
// Disk knows only files and the system's errors; each caller words them for its own users.
//
// Start reading at `WholeFile.swift`, then `Draft.swift`.
