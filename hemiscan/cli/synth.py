"""``hemiscan synth``: a clip with known spasms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from hemiscan._text import count
from hemiscan.cli.console import print_result, progress_bar
from hemiscan.cli.options import ModelOption, wrong_usage
from hemiscan.episodes.events import Kind, Side
from hemiscan.errors import OutputError
from hemiscan.synthetic.spasm import Pattern

_SPASMS, _PORTRAITS, _CAMERA = "The spasms", "Of portraits only", "What a poor camera does"

EPISODE_FORMAT = "START:KIND:DURATION:AMPLITUDE"
SPAN_FORMAT = "START:DURATION"


def synth(
    source: Annotated[
        Path,
        typer.Argument(help="A portrait (PNG, JPEG, ...) or a clip of a face.", show_default=False),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="The MP4 file to write.", show_default=False),
    ],
    episode: Annotated[
        list[str] | None,
        typer.Option(
            metavar=EPISODE_FORMAT,
            help="A spasm, for example 2.5:clonic:3:0.8. START and DURATION in seconds, KIND "
            "clonic or tonic, AMPLITUDE above 0 and up to 1. May be given several times.",
            rich_help_panel=_SPASMS,
        ),
    ] = None,
    side: Annotated[
        Side | None,
        typer.Option(
            help="The subject's side; left if not given, drawn for each movement with replay.",
            show_default=False,
            rich_help_panel=_SPASMS,
        ),
    ] = None,
    pattern: Annotated[
        Pattern, typer.Option(help="Which muscles take part.", rich_help_panel=_SPASMS)
    ] = "whole",
    brow_rise: Annotated[
        bool,
        typer.Option(
            "--brow-rise", help="The brow rises while the eye closes.", rich_help_panel=_SPASMS
        ),
    ] = False,
    rate: Annotated[
        float, typer.Option(help="Twitches a second of clonic spasms.", rich_help_panel=_SPASMS)
    ] = 3.0,
    family: Annotated[
        Literal["mesh", "spline", "pulls", "replay"],
        typer.Option(
            help="How the skin moves; with replay the clip's own blinks and smiles are made "
            "one-sided, by holding the other half of the face.",
            rich_help_panel=_SPASMS,
        ),
    ] = "mesh",
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of everything irregular.", rich_help_panel=_SPASMS)
    ] = 0,
    duration: Annotated[
        float, typer.Option(help="Length in seconds.", rich_help_panel=_PORTRAITS)
    ] = 10.0,
    frame_rate: Annotated[
        float, typer.Option(help="Frames a second.", rich_help_panel=_PORTRAITS)
    ] = 30.0,
    width: Annotated[
        int | None,
        typer.Option(help="Width of the clip in pixels.", rich_help_panel=_PORTRAITS),
    ] = None,
    blinks: Annotated[
        float, typer.Option(help="Blinks a minute.", rich_help_panel=_PORTRAITS)
    ] = 16.0,
    smile: Annotated[
        list[str] | None,
        typer.Option(
            metavar=SPAN_FORMAT, help="A smile of both sides.", rich_help_panel=_PORTRAITS
        ),
    ] = None,
    talk: Annotated[
        list[str] | None,
        typer.Option(metavar=SPAN_FORMAT, help="Talking.", rich_help_panel=_PORTRAITS),
    ] = None,
    turning: Annotated[
        float, typer.Option(help="Degrees the head turns.", rich_help_panel=_PORTRAITS)
    ] = 2.0,
    scale: Annotated[
        float, typer.Option(help="Factor on the size of the frames.", rich_help_panel=_CAMERA)
    ] = 1.0,
    blur: Annotated[float, typer.Option(help="Blur in pixels.", rich_help_panel=_CAMERA)] = 0.0,
    brightness: Annotated[
        float, typer.Option(help="Factor on the light.", rich_help_panel=_CAMERA)
    ] = 1.0,
    noise: Annotated[
        float,
        typer.Option(help="Sensor noise in grey levels of 255.", rich_help_panel=_CAMERA),
    ] = 0.0,
    jpeg: Annotated[
        int | None,
        typer.Option(help="JPEG quality of each frame, 1 to 100.", rich_help_panel=_CAMERA),
    ] = None,
    model: ModelOption = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace a file that is no rendered clip."),
    ] = False,
) -> None:
    """Render one-sided spasms onto a portrait or a clip, and their truth as CSV beside it."""
    from hemiscan.synthetic import (
        Degradation,
        Motion,
        Spasm,
        synthesize,
        synthesize_replay,
        truth_path,
    )

    if output.exists() and not (overwrite or truth_path(output).exists()):
        raise OutputError(
            f"{output}: exists and is no rendered clip; choose another --output, or replace it "
            "with --overwrite"
        )
    try:
        spasms = [
            Spasm(
                start_s,
                duration_s,
                side or "left",
                kind,
                amplitude,
                pattern=pattern,
                brow_rise=brow_rise,
                rate_hz=rate,
            )
            for start_s, kind, duration_s, amplitude in map(parse_episode, episode or [])
        ]
        motion = Motion(
            blinks_per_min=blinks,
            smiles=tuple(parse_span(text) for text in smile or []),
            talks=tuple(parse_span(text) for text in talk or []),
            turning_deg=turning,
        )
        degradation = Degradation(scale, blur, brightness, noise, jpeg)
        if family == "replay" and spasms:
            raise ValueError("--family replay takes the clip's own movements, and no --episode")
        with progress_bar(output.name) as (show,):
            if family == "replay":
                truth = synthesize_replay(
                    source,
                    output=output,
                    side=side,
                    seed=seed,
                    degradation=degradation,
                    model=model,
                    on_progress=show,
                )
            else:
                truth = synthesize(
                    source,
                    spasms,
                    output=output,
                    family=family,
                    seed=seed,
                    motion=motion,
                    duration_s=duration,
                    frame_rate_hz=frame_rate,
                    width=width,
                    degradation=degradation,
                    model=model,
                    on_progress=show,
                )
    except ValueError as error:
        raise wrong_usage(str(error)) from error
    listed = f"{count(len(truth), 'episode')}, listed in {truth_path(output).name}"
    print_result(f"{output}: {listed}")


def parse_episode(text: str) -> tuple[float, Kind, float, float]:
    """Read START:KIND:DURATION:AMPLITUDE; raise ValueError naming that form otherwise."""
    parts = text.split(":")
    if len(parts) == 4 and parts[1] in get_args(Kind):
        kind: Kind = "tonic" if parts[1] == "tonic" else "clonic"
        try:
            return float(parts[0]), kind, float(parts[2]), float(parts[3])
        except ValueError:
            pass
    raise ValueError(
        f"--episode must be {EPISODE_FORMAT} with KIND clonic or tonic, "
        f"for example 2.5:clonic:3:0.8, not {text!r}"
    )


def parse_span(text: str) -> tuple[float, float]:
    """Read START:DURATION; raise ValueError naming that form otherwise."""
    start, _, duration = text.partition(":")
    try:
        return float(start), float(duration)
    except ValueError:
        raise ValueError(f"expected {SPAN_FORMAT} in seconds, not {text!r}") from None
