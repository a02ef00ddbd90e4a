"""How fast hemiscan is on this machine, beside a plain mediapipe loop and the hardware's limit."""

from hemiscan.bench.host import Host, describe_host
from hemiscan.bench.measure import Benchmark, benchmark_clip
from hemiscan.bench.runs import Run
from hemiscan.bench.stages import STAGES, StageTime, measure_stages
from hemiscan.bench.text import benchmark_markdown

__all__ = [
    "STAGES",
    "Benchmark",
    "Host",
    "Run",
    "StageTime",
    "benchmark_clip",
    "benchmark_markdown",
    "describe_host",
    "measure_stages",
]
