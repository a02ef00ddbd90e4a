"""The speed as a picture."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hemiscan.bench import STAGES, Benchmark

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
        Left the runs, with the limit as a line across the bars of a clip; right the CPU
        time of the stages.
    """
    height = 1.2 + sum(len(result.runs) + 1 for result in results.values()) * 0.19
    figure = Figure(figsize=(12, max(height, 3.2)), layout="constrained", dpi=130)
    runs_axes, stage_axes = figure.subplots(1, 2)
    _draw_runs(runs_axes, results)
    _draw_stages(stage_axes, results)
    return figure


def _draw_runs(axes: Axes, results: dict[str, Benchmark]) -> None:
    place, ticks = 0.0, []
    for name, result in results.items():
        first = place
        for run in result.runs:
            colour = next(colour for word, colour in _COLOURS.items() if word in run.name)
            rate = result.n_frames / run.wall_s
            axes.barh(place, rate, color=colour)
            label = run.name.removeprefix("hemiscan, ").removesuffix(" mediapipe loop")
            axes.text(rate, place, f" {label}: {rate:.0f}", va="center", fontsize=7)
            place += 1
        limit = result.n_frames / result.limit_s
        axes.plot([limit, limit], [first - 0.5, place - 0.5], color="k", linewidth=1)
        ticks.append(((first + place - 1) / 2, name))
        place += 1
    axes.set_yticks([at for at, _ in ticks], [name for _, name in ticks])
    axes.invert_yaxis()
    axes.margins(x=0.3, y=0.01)
    axes.set_xlabel("frames a second, process start and files included; line: limit of the CPUs")


def _draw_stages(axes: Axes, results: dict[str, Benchmark]) -> None:
    left = [0.0] * len(results)
    names = list(results)
    for number, stage in enumerate(STAGES):
        values = [
            next(time.cpu_ms for time in result.stages if time.stage == stage)
            for result in results.values()
        ]
        axes.barh(names, values, left=left, label=stage, color=f"C{number}")
        left = [a + b for a, b in zip(left, values, strict=True)]
    axes.invert_yaxis()
    axes.set_xlabel("CPU milliseconds a frame")
    axes.legend(fontsize=8, loc="lower right")
