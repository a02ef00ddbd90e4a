"""``hemiscan synth``: a clip with known spasms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from hemiscan.cli.console import print_result, progress_bar
from hemiscan.episodes.events import Kind, Side

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
        ),
    ] = None,
    side: Annotated[
        Side | None,
        typer.Option(
            help="The subject's side; left if not given, drawn for each movement with replay.",
            show_default=False,
        ),
    ] = None,
    pattern: Annotated[
        Literal["eye", "eye_cheek", "whole", "lower_first"],
        typer.Option(help="Which muscles take part."),
    ] = "whole",
    brow_rise: Annotated[
        bool, typer.Option("--brow-rise", help="The brow rises while the eye closes.")
    ] = False,
    rate: Annotated[float, typer.Option(help="Twitches a second of clonic spasms.")] = 3.0,
    family: Annotated[
        Literal["mesh", "spline", "pulls", "replay"],
        typer.Option(
            help="How the skin moves; with replay the clip's own blinks and smiles are made "
            "one-sided, by holding the other half of the face."
        ),
    ] = "mesh",
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything irregular.")] = 0,
    duration: Annotated[float, typer.Option(help="Portraits: length in seconds.")] = 10.0,
    frame_rate: Annotated[float, typer.Option(help="Portraits: frames a second.")] = 30.0,
    width: Annotated[
        int | None, typer.Option(help="Portraits: width of the clip in pixels.")
    ] = None,
    blinks: Annotated[float, typer.Option(help="Portraits: blinks a minute.")] = 16.0,
    smile: Annotated[
        list[str] | None,
        typer.Option(metavar=SPAN_FORMAT, help="Portraits: a smile of both sides."),
    ] = None,
    talk: Annotated[
        list[str] | None, typer.Option(metavar=SPAN_FORMAT, help="Portraits: talking.")
    ] = None,
    turning: Annotated[float, typer.Option(help="Portraits: degrees the head turns.")] = 2.0,
    scale: Annotated[float, typer.Option(help="Factor on the size of the picture.")] = 1.0,
    blur: Annotated[float, typer.Option(help="Blur in pixels.")] = 0.0,
    brightness: Annotated[float, typer.Option(help="Factor on the light.")] = 1.0,
    noise: Annotated[float, typer.Option(help="Sensor noise in grey levels of 255.")] = 0.0,
    jpeg: Annotated[int | None, typer.Option(help="JPEG quality of each frame, 1 to 100.")] = None,
    model: Annotated[
        Path | None, typer.Option(help="Landmark model in place of the packaged one.")
    ] = None,
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

    try:
        parsed = [parse_episode(text) for text in episode or []]
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
            for start_s, kind, duration_s, amplitude in parsed
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
        raise typer.BadParameter(str(error)) from error
    count = f"{len(truth)} episode{'' if len(truth) == 1 else 's'}"
    print_result(f"{output}: {count}, listed in {truth_path(output).name}")


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
