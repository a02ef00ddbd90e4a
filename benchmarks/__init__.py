"""Benchmarks and training; run from the checkout, never at analysis time."""
