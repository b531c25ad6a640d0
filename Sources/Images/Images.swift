// Images: sets of labelled pictures and where they come from (generated shapes, CIFAR-10, folders, IDX files),
// and the random augmentations that make two views of one picture.
//
// Pixels are stored as bytes, `[image, row, column, channel]`, RGB; augmentation gives Float32 batches.
// Images knows nothing of losses or networks.
//
// Start reading at `ImageSet.swift`, then `Augmentation.swift`.
