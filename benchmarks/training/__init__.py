"""Makes the weights of the learned detector: ``python -m benchmarks.training``."""
