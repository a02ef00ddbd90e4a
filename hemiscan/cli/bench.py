"""``hemiscan bench``: how fast hemiscan is here, on a clip of one's own."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hemiscan.cli.console import print_line, print_result
from hemiscan.cli.stopping import stop_if_asked


def bench(
    clip: Annotated[Path, typer.Argument(help="A video with a face in it.", show_default=False)],
    seconds: Annotated[
        float, typer.Option(min=1, help="Only this much of the clip's beginning.")
    ] = 60.0,
    repeats: Annotated[
        int, typer.Option(min=1, help="Rounds, each with every run once; medians are given.")
    ] = 1,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Also write the figures to this JSON file."
        ),
    ] = None,
) -> None:
    """Measure the speed on this machine, beside a plain mediapipe loop and the limit."""
    from hemiscan._files import atomic_path
    from hemiscan.bench import benchmark_clip, benchmark_markdown
    from hemiscan.results.save import json_text

    benchmark = benchmark_clip(clip, seconds=seconds, repeats=repeats, on_progress=_show)
    if output is not None:
        with atomic_path(output) as temporary:
            temporary.write_text(json_text(asdict(benchmark)) + "\n", encoding="utf-8")
    print_result(benchmark_markdown(benchmark))


def _show(done: int, expected: int) -> None:
    stop_if_asked()
    print_line(f"{done} of {expected} measurements done")
