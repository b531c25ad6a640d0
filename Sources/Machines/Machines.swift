// Machines: processes that run the same cells, joined by MPI.
//
// `MPILibrary` loads libmpi at run time, and only in a process that mpirun or srun started: nothing is linked, so the program starts, and weighs, what it
// does without MPI. `Link` carries messages between processes: over MPI (`MPILink`), or between threads (`ThreadLink`, for tests). `Crew` is the protocol above
// it, a star: the first process sends each cell to all, is met by all of them (`Team.meet`), and alone decides whether a meeting takes place or the cell is over.
// Begin with `Crew`.
//
// Limits: Open MPI 4.1 (its constants are addresses of symbols in the library); a process that dies ends all of them, as mpirun has it.
