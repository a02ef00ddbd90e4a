"""How many CPUs are counted where affinity or a container limits them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hemiscan import _cpus as cpus


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of 16 CPUs; the folder holds its control groups and ``own``, the process's."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.setattr(cpus, "_CGROUP_ROOT", tmp_path)
    monkeypatch.setattr(cpus, "_OWN_CGROUPS", tmp_path / "own")
    return tmp_path


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_without_limits_all_count(machine: Path) -> None:
    assert cpus.count_cpus() == 16
    _write(machine / "own", "0::/\n")
    _write(machine / "cpu.max", "max 100000\n")
    assert cpus.count_cpus() == 16


@pytest.mark.parametrize(("quota", "expected"), [("250000", 3), ("20000", 1), ("9900000", 16)])
def test_quota_of_a_container(machine: Path, quota: str, expected: int) -> None:
    _write(machine / "own", "0::/\n")
    _write(machine / "cpu.max", f"{quota} 100000\n")
    assert cpus.count_cpus() == expected


def test_quota_of_a_group_further_up(machine: Path) -> None:
    _write(machine / "own", "0::/jobs/mine\n")
    _write(machine / "jobs/mine/cpu.max", "max 100000\n")
    _write(machine / "jobs/cpu.max", "400000 100000\n")
    assert cpus.count_cpus() == 4


def test_quota_of_the_older_control_groups(machine: Path) -> None:
    _write(machine / "own", "4:memory:/x\n1:cpu,cpuacct:/docker/unseen\n0::/\n")
    _write(machine / "cpu/cpu.cfs_quota_us", "500000\n")
    _write(machine / "cpu/cpu.cfs_period_us", "100000\n")
    assert cpus.count_cpus() == 5
    _write(machine / "cpu/cpu.cfs_quota_us", "-1\n")
    assert cpus.count_cpus() == 16


@pytest.mark.usefixtures("machine")
def test_affinity_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {3, 5}, raising=False)
    assert cpus.count_cpus() == 2
