"""Whole runs as processes of their own: how long, how much CPU time, memory and disk."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import av

from hemiscan.errors import HemiscanError, VideoError
from hemiscan.tracking import DEFAULT_ENGINE, EngineName
from hemiscan.video._container import open_container, read_packets

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


@contextmanager
def first_part(clip: Path, seconds: float) -> Iterator[Path]:
    """Copy the packets of the beginning of a clip to a temporary file.

    An analysis up to an end looks beyond it, and would be measured with more than that.

    Parameters
    ----------
    clip : Path
        A video.
    seconds : float
        How much of it.

    Yields
    ------
    Path
        The copy, which is gone afterwards; the clip itself where its packets cannot be copied.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{clip.stem}.mkv"
        try:
            _copy_packets(clip, path, seconds)
        except (VideoError, av.FFmpegError, ValueError):
            path = clip
        yield path


def _copy_packets(clip: Path, path: Path, seconds: float) -> None:
    source, template = open_container(clip)
    with source, av.open(str(path), "w", metadata_errors="replace") as sink:
        stream = sink.add_stream_from_template(template)
        begin_s = float((template.start_time or 0) * (template.time_base or 1))
        for packet in read_packets(source, template):
            if packet.pts is None or packet.dts is None or packet.time_base is None:
                continue
            if float(packet.dts * packet.time_base) - begin_s >= seconds:
                return
            packet.stream = stream
            sink.mux(packet)


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
