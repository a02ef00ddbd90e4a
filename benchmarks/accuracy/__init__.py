"""How well spasms are found in people the networks have not seen: ``benchmarks accuracy``."""

from benchmarks.accuracy.command import main

__all__ = ["main"]
