"""How many CPUs this process may use."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_CGROUP_ROOT = Path("/sys/fs/cgroup")
_OWN_CGROUPS = Path("/proc/self/cgroup")


def count_cpus() -> int:
    """Return how many CPUs this process may use, at least 1.

    Heeds the process's CPU affinity and, on Linux, the quota of its control groups, by
    which containers and batch systems share a machine.
    """
    if hasattr(os, "sched_getaffinity"):
        available = len(os.sched_getaffinity(0))
    else:
        available = os.cpu_count() or 1
    quotas = _quotas(_CGROUP_ROOT, _OWN_CGROUPS)
    return max(1, min([available, *map(math.ceil, quotas)]))


def _quotas(root: Path, own: Path) -> Iterator[float]:
    """Yield the CPU quotas of the control groups that the process is in."""
    lines = []
    with suppress(OSError):  # another system than Linux
        lines = own.read_text().splitlines()
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        # Version 2 has no names of controllers. A container may not see its own group
        # under the path it has outside, but its limits then stand at the top.
        top = root / "cpu" if controllers else root
        parts = Path(path.lstrip("/")).parts
        for depth in range(len(parts) + 1):
            yield from _quota(top.joinpath(*parts[:depth]))


def _quota(group: Path) -> list[float]:
    """Return the CPU quota of one control group (version 2, else 1), if it has one."""
    with suppress(OSError, ValueError):
        quota, period = (group / "cpu.max").read_text().split()
        return [float(quota) / float(period)]
    with suppress(OSError, ValueError):
        quota = (group / "cpu.cfs_quota_us").read_text()
        period = (group / "cpu.cfs_period_us").read_text()
        if float(quota) > 0:
            return [float(quota) / float(period)]
    return []
