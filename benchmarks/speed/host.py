"""The machine and the software that a measurement was made on, without names of people or hosts."""

from __future__ import annotations

import platform
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import hemiscan
from hemiscan._cpus import count_cpus

_PACKAGES = ("ai-edge-litert", "mediapipe", "av", "opencv-python", "numpy")


@dataclass(frozen=True)
class Host:
    """The machine and the software.

    Attributes
    ----------
    cpu : str
        Name of the processor.
    cpus : int
        CPUs that this process may use.
    system : str
        Operating system and processor family.
    versions : dict of str to str
        Of Python, hemiscan, and the libraries that decide the speed.
    """

    cpu: str
    cpus: int
    system: str
    versions: dict[str, str]


def describe_host() -> Host:
    """Return what this process runs on."""
    versions = {"python": platform.python_version(), "hemiscan": hemiscan.__version__}
    return Host(
        cpu=_cpu_name(),
        cpus=count_cpus(),
        system=f"{platform.system()} {platform.machine()}",
        versions=versions | {package: version(package) for package in _PACKAGES},
    )


def _cpu_name() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
