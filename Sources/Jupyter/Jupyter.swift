// Jupyter: the kernel side of the Jupyter messaging protocol. Wire messages and their signatures, sockets and the
// threads that own them, the server that answers requests in the right order, kernelspecs, and notebook files.
//
// Jupyter knows nothing of the language it serves: an `Interpreter` is all it sees.
//
// Start reading at `Interpreter.swift`, then `Server.swift`, then `Message.swift`.
