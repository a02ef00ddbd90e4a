from .host import Host, describe_host
from .measure import Benchmark, benchmark_clip
from .runs import Run
from .stages import STAGES, StageTime, measure_stages
from .text import benchmark_markdown

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
