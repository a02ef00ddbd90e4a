"""``python -m benchmarks study FOLDER``: a study of 24 clips, run and killed, and one of 10,000.

The clips are made in FOLDER: of each of eight real faces two stretches of 2.5 s, and a third with a
spasm rendered onto the first (see `benchmarks.clips` for where the faces are looked for).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.clips import clips_folder
from benchmarks.speed.host import describe_host

FACES = ("d0", "d3", "d7", "d10", "d12", "d13", "s20", "s29")
VISITS = ("baseline", "week 2", "week 4")
SECONDS = 2.5
KILLS = 10
COMMAND = [sys.executable, "-c", "from hemiscan.cli import main; main()", "study", "run"]
FAKED = (1_000, 10_000)
PARTS = ("study", "kill", "workers", "rows")


def make_clips(folder: Path) -> Path:
    """Make the clips that are missing, and the table of the study."""
    from hemiscan.synthetic import Spasm, synthesize

    lines = ["clip,patient,visit,task"]
    for number, face in enumerate(FACES, start=1):
        paths = [folder / f"P{number:02}" / visit / f"{face}.mp4" for visit in VISITS]
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            lines.append(f"{path.relative_to(folder)},P{number:02},{path.parent.name},rest")
        source = clips_folder() / f"{face}.mp4"
        for path, start_s in zip(paths, (0.0, 0.5), strict=False):
            if not path.exists():
                cut(source, path, start_s)
        if not paths[2].exists():
            spasm = Spasm(0.8, 1.0, "left", amplitude=0.9)
            synthesize(paths[0], [spasm], output=paths[2], seed=number)
    table = folder / "study.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return table


def cut(source: Path, path: Path, start_s: float) -> None:
    """Write a stretch of a clip as a clip."""
    from hemiscan.video import ClipWriter, open_clip

    with (
        open_clip(source, start_s=start_s, end_s=start_s + SECONDS) as clip,
        ClipWriter(path, width=clip.info.width, height=clip.info.height) as writer,
    ):
        for frame in clip:
            writer.write(frame.image, frame.time_s - start_s)


def run(table: Path, output: Path, *options: object) -> tuple[float, str]:
    """Run the study; return how long it took, and the line that says what was done."""
    command = [*COMMAND, str(table), "-o", str(output), *map(str, options)]
    started_s = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - started_s, done.stdout.splitlines()[0].partition(": ")[2]


def contents(directory: Path) -> dict[str, bytes]:
    """Return all files of a study by their names."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


def run_killing(table: Path, output: Path, first_s: float, seed: int) -> Iterator[str]:
    """Kill runs at random moments, then let one end; yield what was done meanwhile."""
    moments = random.Random(seed)
    for _ in range(KILLS):
        command = [*COMMAND, str(table), "-o", str(output)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                # From the loading of the program on, to where it is well under way.
                process.wait(moments.uniform(0.2, first_s / 4))
            except subprocess.TimeoutExpired:
                process.kill()
        journal = output / "study.journal"
        lines = journal.read_bytes().count(b"\n") if journal.exists() else 0
        yield f"{lines}"


def run_losing_a_worker(table: Path, output: Path) -> str:
    """Kill a worker once two clips are done."""
    from hemiscan.study import StudyProgress, run_study

    killed: list[int] = []

    def kill_one(progress: StudyProgress) -> None:
        if progress.clips_done >= 2 and not killed:
            killed.append(find_worker())
            os.kill(killed[0], 9)

    done = run_study(table, output, workers=2, on_progress=kill_one)
    return f"{done.analyzed} clips analysed, {len(done.failures)} failed"


def find_worker() -> int:
    """Return the process of one of the workers that this process started."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = [int(pid) for path in children for pid in path.read_text().split()]
    return next(pid for pid in pids if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes())


def measure_workers(table: Path, output: Path, count: int) -> float:
    """Return how long workers of one thread each take from nothing."""
    from hemiscan.study import run_study

    started_s = time.perf_counter()
    run_study(table, output, workers=count, threads=1)
    return time.perf_counter() - started_s


def fake_study(folder: Path, template: Path, n_rows: int) -> Path:
    """Make a study of many clips whose results are there: those of one recording, each time."""
    from hemiscan import DetectorConfig, __version__
    from hemiscan.study import folder_names, load_manifest
    from hemiscan.study._clip_task import ClipSettings, settings_digest
    from hemiscan.study._state import ClipState, StudyState, summary_digest

    clips, output = folder / "clips", folder / "out"
    clips.mkdir(parents=True)
    lines = ["clip,patient,visit,task,dose"]
    for number in range(n_rows):
        (clips / f"{number}.mp4").write_bytes(b"clip %d" % number)
        lines.append(f"clips/{number}.mp4,P{number // 4:05},week {4 * (number % 4)},rest,25")
    table = folder / "study.csv"
    table.write_text("\n".join(lines) + "\n")
    summary = json.loads((template / "summary.json").read_text(encoding="utf-8"))
    names = ("episodes.csv", "blinks.csv", "summary.json")
    summary["run"]["files"] = list(names)
    texts = {name: (template / name).read_bytes() for name in names[:2]}
    texts["summary.json"] = json.dumps(summary).encode()
    rows, states = load_manifest(table).rows, []
    settings = ClipSettings(DetectorConfig())
    for row, name in zip(rows, folder_names(rows), strict=True):
        results = output / "recordings" / name
        results.mkdir(parents=True)
        for file, content in texts.items():
            (results / file).write_bytes(content)
        status = row.clip.stat()
        states.append(
            ClipState(
                name,
                status="done",
                sha256="0" * 64,
                size=status.st_size,
                mtime_ns=status.st_mtime_ns,
                settings_sha256=settings_digest(row, settings),
                summary_sha256=summary_digest(results),
            )
        )
    state = replace(StudyState(version=__version__), clips=tuple(states))
    (output / "study.json").write_text(state.to_json(), encoding="utf-8")
    return table


def measure_faked(folder: Path, template: Path, n_rows: int) -> dict[str, Any]:
    """Return how long the tables of many rows take, and how much memory."""
    table = fake_study(folder / str(n_rows), template, n_rows)
    code = f"""
import re, time
from pathlib import Path
from hemiscan.study import run_study
started_s = time.perf_counter()
done = run_study({str(table)!r}, {str(table.parent / "out")!r})
assert (done.skipped, done.analyzed, done.failures) == ({n_rows}, 0, ())
# Not of getrusage, which counts what the program that started this one took.
peak_kb = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print(time.perf_counter() - started_s, int(peak_kb) / 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, peak_mb = map(float, done.stdout.split())
    return {"rows": n_rows, "seconds": seconds, "peak_mb": peak_mb}


def report_study(table: Path, whole: Path) -> None:
    """Run it again, and with one row changed."""
    second_s, done = run(table, whole)
    say(f"second run: {second_s:.1f} s: {done}")
    copy = whole.with_name("changed")
    shutil.copytree(whole, copy)
    changed = table.with_name("changed.csv")
    changed.write_text(table.read_text().replace("P03,week 2,rest", "P03,week 2,speech"))
    seconds, done = run(changed, copy)
    say(f"one row changed: {seconds:.1f} s: {done}")


def report_kills(table: Path, whole: Path, first_s: float, seed: int) -> None:
    """Kill the run, and then a worker of another."""
    killed, lost = whole.with_name("killed"), whole.with_name("lost")
    counts = list(run_killing(table, killed, first_s, seed))
    _, done = run(table, killed)
    say(f"killed {KILLS} times ({', '.join(counts)} clips done by then), then: {done}; ", end="")
    say(compare(killed, whole))
    say(f"a worker killed: {run_losing_a_worker(table, lost)}; {compare(lost, whole)}")


def compare(directory: Path, whole: Path) -> str:
    """Return in which files a study differs from one that ran undisturbed."""
    ours, theirs = contents(directory), contents(whole)
    names = {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}
    return f"DIFFERENT: {', '.join(sorted(names))}" if names else f"all {len(ours)} files the same"


def report_workers(table: Path, folder: Path) -> None:
    """Compare one worker with two."""
    one_s, two_s = (measure_workers(table, folder / f"by{n}", n) for n in (1, 2))
    say(
        f"one worker of one thread: {one_s:.1f} s, two: {two_s:.1f} s: {one_s / two_s:.2f} times "
        f"as fast, at a load of {os.getloadavg()[0]:.1f}"
    )


def report_rows(whole: Path) -> None:
    """Measure the tables of many clips."""
    template = next((whole / "recordings").glob("P01_week-4*"))
    for n_rows in FAKED:
        faked = measure_faked(whole.with_name("faked"), template, n_rows)
        say(
            f"{n_rows} rows: tables and pages in {faked['seconds']:.1f} s, peak "
            f"{faked['peak_mb']:.0f} MB"
        )


def say(text: str, *, end: str = "\n") -> None:
    """Print a figure at once."""
    print(text, end=end, flush=True)


def main(arguments: Sequence[str]) -> None:
    """Measure a study; every line says what, and the figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks study", description=__doc__)
    parser.add_argument("folder", type=Path, help="for clips, which stay, and results")
    parser.add_argument("--only", choices=PARTS, nargs="*", default=PARTS)
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    options = parser.parse_args(arguments)
    folder = options.folder.absolute()
    table, whole = make_clips(folder), folder / "whole"
    for name in ("whole", "changed", "killed", "lost", "by1", "by2", "faked"):
        shutil.rmtree(folder / name, ignore_errors=True)
    host = describe_host()
    say(f"{host.cpu}, {host.cpus} CPUs, load {os.getloadavg()[0]:.1f}")
    first_s, done = run(table, whole)
    say(f"first run: {first_s:.1f} s: {done}")
    if "study" in options.only:
        report_study(table, whole)
    if "kill" in options.only:
        report_kills(table, whole, first_s, options.seed)
    if "workers" in options.only:
        report_workers(table, folder)
    if "rows" in options.only:
        report_rows(whole)
