// Learning: the losses (contrastive, or by labels), the model that pairs an encoder with a head, its training loop
// with progress events, and the probes (k nearest neighbours, linear, one hidden layer) that judge what was learned.
//
// Learning knows neither commands nor figures: it reports numbers, and others show them.
//
// Start reading at `NTXent.swift`, then `ContrastiveModel.swift`, then `Training.swift`.
