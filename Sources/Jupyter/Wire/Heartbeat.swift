import Base

/// Starts a thread that echoes every message, by which clients see that the kernel lives. Ends when the socket's context is
/// shut down.
func startHeartbeat(on socket: Socket) throws(InputError) -> NativeThread {
  try NativeThread(named: "heartbeat", stack: 1 << 18) {
    while let frames = socket.receive(waiting: true) { socket.send(frames) }
    socket.close()
  }
}
