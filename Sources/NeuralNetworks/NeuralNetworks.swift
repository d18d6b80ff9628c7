// The NeuralNetworks target.
