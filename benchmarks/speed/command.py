"""``python -m benchmarks speed``."""

from __future__ import annotations

import argparse
import csv
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from benchmarks.speed.clips import make_clip
from benchmarks.speed.figure import plot_speed
from benchmarks.speed.measure import Benchmark, benchmark_clip
from benchmarks.speed.tables import benchmark_markdown
from hemiscan._cpus import count_cpus
from hemiscan.results.save import json_text

RESULTS = Path(__file__).parents[1] / "results"

SIZES = (480, 720, 1080, 2160)
RATES_HZ = (30, 60)
_LONG_S = 600  # only the runs that show whether the cost grows linearly, each once
_LARGE = 2160  # takes minutes a run: each once


class Case(NamedTuple):
    """A clip to measure; see `make_clip`."""

    height: int
    rate_hz: int
    seconds: int
    resent: bool = False

    @property
    def name(self) -> str:
        """What the tables call it."""
        return f"{self.height}p{self.rate_hz}, {self.seconds} s" + ", resent" * self.resent


_QUICK = [Case(720, 30, 10)]


def main(argv: Sequence[str] | None = None) -> None:
    """Measure the speed for several sizes, rates and lengths; write tables and a figure."""
    parser = argparse.ArgumentParser(prog="benchmarks speed", description=main.__doc__)
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    parser.add_argument("--repeats", type=int, default=3, help="rounds; medians are given")
    parser.add_argument("--quick", action="store_true", help="one short clip, once")
    parser.add_argument(
        "--case", action="append", default=[], help="only this one, such as '720p30, 60 s'; repeat"
    )
    options = parser.parse_args(argv)
    known = {case.name: case for case in _cases()}
    if unknown := [name for name in options.case if name not in known]:
        parser.error(f"there is no case {unknown[0]!r}; the cases are {'; '.join(known)}")
    options.output.mkdir(parents=True, exist_ok=True)
    cases = _QUICK if options.quick else [known[name] for name in options.case or known]
    # Once, before the results at hand are replaced and the checkout differs from its commit.
    about = {"date": datetime.now(timezone.utc).date().isoformat(), "commit": _commit()}
    results: dict[str, Benchmark] = {}
    for case in cases:
        print(f"{time.strftime('%H:%M:%S')} {case.name}", flush=True)
        once = options.quick or case.seconds >= _LONG_S or case.height >= _LARGE
        repeats = 1 if once else options.repeats
        results[case.name] = _measure(case, repeats)
        _write(results, about, options.output)


def _cases() -> Iterator[Case]:
    """Yield the clips: every length, easy and hard to decode, then every size."""
    yield Case(720, 30, 60)
    yield Case(720, 30, 60, resent=True)
    yield Case(720, 30, _LONG_S)
    for height in SIZES:
        for rate_hz in RATES_HZ:
            yield Case(height, rate_hz, 10)


def _measure(case: Case, repeats: int) -> Benchmark:
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        make_clip(clip, **case._asdict())
        is_long = case.seconds >= _LONG_S
        return benchmark_clip(
            clip,
            seconds=case.seconds,
            engines=["litert"] if is_long else ["litert", "mediapipe"],
            workers=[count_cpus()] if is_long else None,
            repeats=repeats,
        )


def _write(results: dict[str, Benchmark], about: dict[str, str], folder: Path) -> None:
    """Write everything measured so far."""
    texts = [f"# Speed\n\n{about['date']}, commit {about['commit']}\n"]
    texts += [f"## {name}\n\n{benchmark_markdown(result)}\n" for name, result in results.items()]
    (folder / "speed.md").write_text("\n".join(texts), encoding="utf-8")
    plain = {name: asdict(result) for name, result in results.items()}
    (folder / "speed.json").write_text(json_text(about | {"clips": plain}) + "\n", encoding="utf-8")
    _write_csv(results, folder / "speed.csv")
    plot_speed(results).savefig(folder / "speed.png")


def _write_csv(results: dict[str, Benchmark], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["clip", "frames", "run", "wall_s", "cpu_s", "peak_mb", "limit_s"])
        for name, result in results.items():
            for run in result.runs:
                numbers = (run.wall_s, run.cpu_s, run.peak_mb, result.limit_s)
                row = [name, result.n_frames, run.name, *(f"{number:.3f}" for number in numbers)]
                table.writerow(row)


def _commit() -> str:
    command = ["git", "-C", str(RESULTS.parent), "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
