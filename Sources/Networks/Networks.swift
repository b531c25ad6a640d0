// Networks: layers with a forward and a backward pass, the encoders built from them (ResNet, ViT, CNN), projection
// heads, optimisers, schedules, and weights as safetensors files.
//
// A network is a list of parts (`Description/`), from which its layers are made. A layer's two passes stand side by side in one
// short file, with the formula; its loops over memory are in `Kernels/`, each beside a slow reference. Networks never reads an image,
// never prints, and does not know what loss its gradients come from: that is Learning's.
//
// Start reading at `Layer.swift`, then `Layers/Linear.swift`, then `Encoders/ResNet.swift` and `Encoders/ImageNetwork.swift`; the heart of the
// engine is `Convolution/`.
