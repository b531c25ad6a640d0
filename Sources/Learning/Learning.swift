// Learning: methods (what is learned from views, and by which loss), the model that pairs an encoder with a method, its training
// loop with progress events, and the probes (k nearest neighbours, linear, one hidden layer) that judge what was learned.
//
// Learning knows neither commands nor figures: it reports numbers, and others show them.
//
// `Formulas` holds losses that somebody wrote: operations on matrices with their gradients, and the tape that goes back through them.
//
// Start reading at `Methods/Method.swift`, then `Methods/SimCLR.swift`, then `Training/TrainingStep.swift`, which is what a step is.
