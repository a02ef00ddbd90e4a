"""Whole runs as processes of their own: how long, how much CPU time, how much memory."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hemiscan.errors import HemiscanError
from hemiscan.tracking import EngineName

PLAIN = "plain mediapipe loop"

_LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True)
class Run:
    """One way to get through a clip, from the start of the process to its end.

    Attributes
    ----------
    name : str
    wall_s : float
        Seconds that somebody waits.
    cpu_s : float
        CPU seconds of all its threads; NaN where the system does not tell.
    peak_mb : float
        Largest resident memory in MB; NaN likewise.
    """

    name: str
    wall_s: float
    cpu_s: float
    peak_mb: float


def run_plain(clip: Path, seconds: float) -> Run:
    """Run the plain mediapipe loop of `hemiscan.bench.plain`."""
    return _run(PLAIN, ["-m", "hemiscan.bench.plain", str(clip), str(seconds)])


def run_analyze(clip: Path, seconds: float, *, engine: EngineName, workers: int) -> Run:
    """Run ``hemiscan analyze`` with all its default files."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["analyze", str(clip), "--output", folder, "--quiet", "--end", str(seconds)]
        arguments += ["--engine", engine, "--workers", str(workers)]
        name = f"hemiscan, {engine}, {workers} worker{'s' if workers > 1 else ''}"
        return _run(name, ["-c", "from hemiscan.cli import main; main()", *arguments])


def _run(name: str, arguments: list[str]) -> Run:
    command = [sys.executable, "-S", str(_LAUNCHER), sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        took = json.loads(done.stdout)
    except json.JSONDecodeError:
        took = {"code": done.returncode or 1}
    if took["code"]:
        last = "".join(done.stderr.strip().splitlines()[-1:])
        raise HemiscanError(f"{name} failed ({took['code']}): {last}")
    nan = math.nan
    return Run(name, took["wall_s"], took.get("cpu_s", nan), took.get("peak_bytes", nan) / 1e6)
