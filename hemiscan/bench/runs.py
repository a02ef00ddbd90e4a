"""Whole runs as processes of their own: how long, how much CPU time, memory and disk."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from hemiscan.errors import HemiscanError
from hemiscan.tracking import DEFAULT_ENGINE, EngineName

PLAIN_LOOP = "plain mediapipe loop"

_LAUNCHER = Path(__file__).with_name("_launcher.py")


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
    result_bytes : int
        Size of the files written.
    """

    name: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    result_bytes: int = 0


def run_plain_loop(clip: Path, seconds: float) -> Run:
    """Run the plain mediapipe loop on the first seconds of a clip; it writes nothing.

    Raises
    ------
    HemiscanError
        If it fails.
    """
    return _run(PLAIN_LOOP, ["-m", "hemiscan.bench._plain_loop", str(clip), str(seconds)])


def run_analyze(
    clip: Path, seconds: float, *, engine: EngineName = DEFAULT_ENGINE, workers: int | None = None
) -> Run:
    """Run ``hemiscan analyze`` with all its default files on the first seconds of a clip.

    Raises
    ------
    HemiscanError
        If it fails.
    """
    name = f"hemiscan, {engine}"
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["analyze", str(clip), "--output", folder, "--quiet", "--end", str(seconds)]
        arguments += ["--engine", engine]
        if workers is not None:
            arguments += ["--workers", str(workers)]
            name += f", {workers} worker{'s' if workers > 1 else ''}"
        run = _run(name, ["-c", "from hemiscan.cli import main; main()", *arguments])
        written = sum(path.stat().st_size for path in Path(folder).iterdir())
        return replace(run, result_bytes=written)


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
