"""How fast hemiscan is, by size, frame rate and length of the clip."""

from benchmarks.speed.command import main

__all__ = ["main"]
