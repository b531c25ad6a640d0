// Jupyter: the kernel side of the Jupyter messaging protocol. Wire messages and their signatures, sockets and the
// threads that own them, the server that answers requests in the right order, kernelspecs, and notebook files.
//
// Jupyter knows nothing of the language it serves: a `FrontEnd.Backend` is all it sees.
//
// A request is a file of `Messages`; whoever reads it there sees its members, their defaults and its answer. `Wire` holds frames and
// sockets, `Server` the order of things, `Cells` what runs on the threads of cells, `History`, `Notebook` and `Install` what they say.
//
// Start reading at `Server/Server.swift`, then `Server/Dispatcher.swift` and `Messages/Incoming.swift`.
