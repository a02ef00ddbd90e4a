"""``hemiscan bench``: how long clips take on this machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hemiscan.cli.console import print_line, print_result
from hemiscan.cli.stopping import stop_if_asked


def bench(
    clips: Annotated[
        list[Path],
        typer.Argument(metavar="CLIP", help="Videos that you want to analyse.", show_default=False),
    ],
    seconds: Annotated[
        float,
        typer.Option(min=1, help="How much to measure of the longest clip of every size."),
    ] = 60.0,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Also write the figures to this JSON file."
        ),
    ] = None,
) -> None:
    """Measure how long clips take on this machine, and the room they need."""
    from hemiscan._files import atomic_path
    from hemiscan.bench import estimate_duration, estimate_text
    from hemiscan.results.save import json_text

    estimate = estimate_duration(clips, seconds=seconds, on_progress=_show)
    if output is not None:
        with atomic_path(output) as temporary:
            temporary.write_text(json_text(asdict(estimate)) + "\n", encoding="utf-8")
    print_result(estimate_text(estimate))
    if estimate.is_busy:
        print_line(
            f"warning: the machine was busy already (load {estimate.load:.1f} on "
            f"{estimate.cpus} CPUs), so it is faster than this; close other programs and repeat"
        )
    if estimate.is_slowed:
        print_line(
            f"warning: the CPUs run at {estimate.clock_share:.0%} of their clock rate, to save "
            "power or as they are too warm; plug the machine in, let it cool down and repeat"
        )


def _show(done: int, expected: int) -> None:
    stop_if_asked()
    print_line(f"{done} of {expected} kinds of clips measured")
