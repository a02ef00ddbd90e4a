from __future__ import annotations

from typing import get_args, get_type_hints

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from hemiscan.cli.synth import parse_episode, parse_span, synth
from hemiscan.errors import OutputError
from hemiscan.synthetic import Family, Motion, Pattern, Spasm, render, truth_path


@pytest.fixture
def app():
    app = typer.Typer()
    app.command()(synth)
    return app


@pytest.fixture
def asked(monkeypatch):
    """What the command asks of the library, which renders nothing."""
    calls = []

    def record(source, spasms, **options):
        calls.append((source, spasms, options))
        return ()

    monkeypatch.setattr("hemiscan.synthetic.synthesize", record)
    return calls


def run(app, *arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], terminal_width=200)


def test_options_reach_the_library(app, asked):
    result = run(
        app, "p.png", "--side", "right", "--episode", "1:clonic:2:0.5", "--episode", "5:tonic:1:1",
        "--rate", "4", "--brow-rise", "--smile", "2:1.5", "--blinks", "20", "--noise", "2",
        "--family", "spline", "--frame-rate", "60", "--output", "out.mp4",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    ((source, spasms, options),) = asked
    assert source.name == "p.png"
    common = {"brow_rise": True, "rate_hz": 4.0}
    assert spasms == [
        Spasm(1.0, 2.0, "right", "clonic", 0.5, **common),
        Spasm(5.0, 1.0, "right", "tonic", 1.0, **common),
    ]
    assert options["motion"] == Motion(blinks_per_min=20, smiles=((2.0, 1.5),))
    assert options["degradation"].noise == 2
    assert (options["family"], options["frame_rate_hz"]) == ("spline", 60)


@pytest.mark.parametrize(
    "text", ["1:clonic:5", "1:spastic:5:0.5", "a:tonic:5:0.5", "", "1:tonic:2:3:4"]
)
def test_a_wrong_episode_is_a_usage_error_that_names_the_form(app, asked, text):
    result = run(app, "p.png", "--episode", text, "--output", "out.mp4")
    assert result.exit_code == 2
    assert "START:KIND:DURATION:AMPLITUDE" in result.output
    assert not asked


@pytest.mark.parametrize(
    "arguments",
    [
        ("--episode", "1:tonic:2:7"),
        ("--smile", "soon"),
        ("--side", "both"),
        ("--jpeg", "0"),
        ("--blinks", "-4"),
    ],
)
def test_values_out_of_range_are_usage_errors(app, asked, arguments):
    assert run(app, "p.png", *arguments, "--output", "out.mp4").exit_code == 2
    assert not asked


def test_an_episode_beyond_the_end_is_a_usage_error(app, tmp_path, monkeypatch):
    portrait = tmp_path / "p.png"
    cv2.imwrite(str(portrait), np.zeros((64, 64, 3), dtype=np.uint8))
    monkeypatch.setattr(render, "find_landmarks", lambda *_, **__: np.zeros((478, 3)))
    monkeypatch.setattr(render, "animate_portrait", lambda *_: iter(()))
    output = tmp_path / "out.mp4"
    result = run(app, portrait, "--episode", "8:tonic:5:1", "--output", output)
    assert result.exit_code == 2
    assert "after the end" in result.output
    assert not output.exists()


def test_overlapping_episodes_of_one_side_are_a_usage_error(app, tmp_path):
    portrait = tmp_path / "p.png"
    cv2.imwrite(str(portrait), np.zeros((64, 64, 3), dtype=np.uint8))
    episodes = ("--episode", "1:tonic:3:1", "--episode", "3.5:clonic:2:0.5")
    result = run(app, portrait, *episodes, "--output", tmp_path / "out.mp4")
    assert result.exit_code == 2
    assert "overlap" in result.output


def test_a_file_that_is_no_rendered_clip_is_not_replaced(app, asked, tmp_path):
    patient = tmp_path / "patient.mp4"
    patient.write_text("irreplaceable")
    result = run(app, "p.png", "--output", patient)
    assert isinstance(result.exception, OutputError)
    assert not asked
    assert run(app, "p.png", "--output", patient, "--overwrite").exit_code == 0
    truth_path(patient).touch()
    assert run(app, "p.png", "--output", patient).exit_code == 0


def test_forms_are_read():
    assert parse_episode("2.5:clonic:3:0.8") == (2.5, "clonic", 3.0, 0.8)
    assert parse_span("2:1.5") == (2.0, 1.5)


def test_choices_are_those_of_the_library():
    hints = get_type_hints(synth)
    assert hints["pattern"] == Pattern
    assert get_args(hints["family"]) == (*get_args(Family), "replay")


def test_the_clips_own_movements_are_replayed(app, asked, monkeypatch):
    calls = []
    monkeypatch.setattr(
        "hemiscan.synthetic.synthesize_replay",
        lambda source, **options: calls.append((source, options)) or (),
    )
    result = run(
        app, "c.mp4", "--family", "replay", "--side", "right", "--seed", "3", "-o", "o.mp4"
    )
    assert result.exit_code == 0, result.output
    ((source, options),) = calls
    assert (source.name, options["side"], options["seed"]) == ("c.mp4", "right", 3)
    assert not asked


def test_replayed_movements_leave_no_place_for_episodes(app, asked):
    arguments = ("--family", "replay", "--episode", "1:tonic:1:1", "--output", "out.mp4")
    result = run(app, "c.mp4", *arguments)
    assert result.exit_code == 2
    assert "own movements" in result.output
    assert not asked
