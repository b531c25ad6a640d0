// Records: what lasts in SQLite files: the log of runs, and the file under everything that is kept so.
//
// It knows what a run is only as names, numbers and texts, and says nothing to a person: the words stand in Commands.
//
// Start reading at `RunLog.swift`; `Database.swift` is all that speaks to SQLite.
