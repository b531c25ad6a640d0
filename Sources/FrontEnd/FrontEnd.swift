// FrontEnd: what whoever shows cells and whoever runs them say to each other. Jupyter asks a `Backend`, the commands answer; what
// cells show and ask goes through a `Console`. Each of these things is declared here once, and nowhere converted.
//
// It knows neither sockets nor the language; it computes nothing.
//
// Start reading at `Backend.swift`, then `Console.swift`.
