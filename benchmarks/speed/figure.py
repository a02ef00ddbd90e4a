"""The figure of a speed benchmark."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.speed.measure import Benchmark
from benchmarks.speed.stages import STAGES

_COLOURS = {"plain": "#8a8f98", "litert": "#1f6f8b", "mediapipe": "#c98a2b"}


def plot_speed(results: dict[str, Benchmark]) -> Figure:
    """Draw the frames a second of every run of every clip, and what the stages cost.

    Parameters
    ----------
    results : dict from str to Benchmark
        By the name of the clip.

    Returns
    -------
    Figure
        Left the runs and the limit, right the CPU time of the stages.
    """
    height = 1.2 + sum(len(result.runs) + 2 for result in results.values()) * 0.17
    figure = Figure(figsize=(12, max(height, 3.2)), layout="constrained", dpi=130)
    runs_axes, stage_axes = figure.subplots(1, 2)
    _draw_runs(runs_axes, results)
    _draw_stages(stage_axes, results)
    return figure


def _draw_runs(axes: Axes, results: dict[str, Benchmark]) -> None:
    place, ticks = 0, []
    for name, result in results.items():
        seconds = {run.name: run.wall_s for run in result.runs} | {"limit": result.limit_s}
        for run, wall_s in seconds.items():
            rate = result.n_frames / wall_s
            colour = next((c for word, c in _COLOURS.items() if word in run), "white")
            axes.barh(place, rate, color=colour, edgecolor="#444", linewidth=0.5)
            label = run.removeprefix("hemiscan, ").removesuffix(" mediapipe loop")
            axes.text(rate, place, f" {label}: {rate:.0f}", va="center", fontsize=7)
            place += 1
        ticks.append((place - len(seconds) / 2 - 0.5, name))
        place += 1
    axes.set_yticks([at for at, _ in ticks], [name for _, name in ticks])
    axes.invert_yaxis()
    axes.set_xlim(right=1.25 * axes.get_xlim()[1])  # room for the labels
    axes.margins(y=0.01)
    axes.set_xlabel("frames a second, process start and files included")


def _draw_stages(axes: Axes, results: dict[str, Benchmark]) -> None:
    left = [0.0] * len(results)
    for number, stage in enumerate(STAGES):
        values = [
            next(time.cpu_ms for time in result.stages if time.stage == stage)
            for result in results.values()
        ]
        axes.barh(list(results), values, 0.5, left=left, label=stage, color=f"C{number}")
        left = [a + b for a, b in zip(left, values, strict=True)]
    axes.invert_yaxis()
    axes.margins(y=0.03)
    axes.set_xlabel("CPU milliseconds a frame")
    axes.legend(fontsize=8, loc="upper right")
