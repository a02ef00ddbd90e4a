"""The tables of a speed benchmark, as Markdown."""

from __future__ import annotations

from benchmarks.speed.measure import Benchmark
from benchmarks.speed.stages import STAGES

_CPUS = (1, 2, 4, 8, 16)


def benchmark_markdown(benchmark: Benchmark) -> str:
    """Return both tables of a benchmark, and what they were measured on, as Markdown."""
    clip, host = benchmark.clip, benchmark.host
    versions = ", ".join(f"{name} {number}" for name, number in host.versions.items())
    times = f"{benchmark.repeats} times" if benchmark.repeats > 1 else "once"
    return "\n".join(
        [
            f"{clip.width}x{clip.height}, {clip.codec}, {benchmark.n_frames} frames of "
            f"{benchmark.duration_s:.1f} s; {host.cpu}, {host.cpus} CPUs, {host.system}; "
            f"{versions}",
            "",
            f"Whole runs, process start and files included, each {times}:",
            "",
            *_run_lines(benchmark),
            "",
            "The stages alone, one after the other, in milliseconds a frame:",
            "",
            *_stage_lines(benchmark),
            "",
            f"A frame takes {benchmark.time_ms('in order', of_thread=True):.2f} ms in the thread "
            "that needs the order of the frames, "
            f"{benchmark.time_ms('reader', of_thread=True):.2f} ms in the one that reads, and "
            f"{benchmark.time_ms('workers'):.2f} ms in those of the workers; an analysis of one "
            f"frame alone, start and files, takes {benchmark.start.wall_s:.2f} s. Predicted from "
            "these, not measured, for machines with more of these CPUs:",
            "",
            *_prediction_lines(benchmark),
        ]
    )


def _run_lines(benchmark: Benchmark) -> list[str]:
    lines = [
        "| run | frames/s | x real time | x plain loop | of the limit | CPU ms/frame | peak MB |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {run.name} | {benchmark.n_frames / run.wall_s:.0f} "
        f"| {benchmark.duration_s / run.wall_s:.2f} "
        f"| {benchmark.plain.wall_s / run.wall_s:.2f} "
        f"| {benchmark.limit_s / run.wall_s:.0%} "
        f"| {run.cpu_s * 1e3 / benchmark.n_frames:.1f} | {run.peak_mb:.0f} |"
        for run in benchmark.runs
    ]
    limit_s = benchmark.limit_s
    lines.append(
        f"| limit: CPU time of the stages over {benchmark.host.cpus} CPUs "
        f"| {benchmark.n_frames / limit_s:.0f} | {benchmark.duration_s / limit_s:.2f} "
        f"| {benchmark.plain.wall_s / limit_s:.2f} | 100% "
        f"| {limit_s * benchmark.host.cpus * 1e3 / benchmark.n_frames:.1f} | |"
    )
    return lines


def _stage_lines(benchmark: Benchmark) -> list[str]:
    lines = ["| stage | median | p95 | CPU | runs | |", "|---|--:|--:|--:|---|---|"]
    lines += [
        f"| {time.stage} | {time.median_ms:.2f} | {time.p95_ms:.2f} | {time.cpu_ms:.2f} "
        f"| {' | '.join(STAGES[time.stage])} |"
        for time in benchmark.stages
    ]
    lines.append(f"| sum | | | {sum(time.cpu_ms for time in benchmark.stages):.2f} | | |")
    return lines


def _prediction_lines(benchmark: Benchmark) -> list[str]:
    numbers = [benchmark.predict_s(cpus) for cpus in _CPUS]
    return [
        f"| CPUs | {' | '.join(str(cpus) for cpus in _CPUS)} |",
        f"|---|{'--:|' * len(_CPUS)}",
        f"| frames/s | {' | '.join(f'{benchmark.n_frames / wall_s:.0f}' for wall_s in numbers)} |",
        "| x plain loop | "
        f"{' | '.join(f'{benchmark.plain.wall_s / wall_s:.2f}' for wall_s in numbers)} |",
    ]
