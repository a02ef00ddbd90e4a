"""Text on its way to a terminal."""

from __future__ import annotations

import os

import pytest

from hemiscan._text import printable
from hemiscan.errors import HemiscanError, TrackFileError


@pytest.mark.parametrize(
    "text",
    [
        "",
        "visite d'été.mov",
        "клип 3.mp4",
        "\u05e9\u05dc\u05d5\u05dd.mp4",
        "Screen Recording 2024-01-01 at 3.00.00\u202fPM.mov",  # a narrow space, as macOS has it
        "\U0001f469\u200d\u2695\ufe0f.mp4",
        r"C:\new\table",
    ],
)
def test_names_of_any_language_stay(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "\x1b[2J\x1b[31mall is well\nhemiscan: done",
            r"\x1b[2J\x1b[31mall is well\nhemiscan: done",
        ),
        ("a\rb\tc\x00", r"a\rb\tc\x00"),
        ("\x9b31m", r"\x9b31m"),  # one byte that begins a command in some terminals
        ("gpj.\u202e4pm", r"gpj.\u202e4pm"),  # turns the direction of writing
        ("one\u2028two", r"one\u2028two"),
        (os.fsdecode(b"f\xfcnf.mp4"), r"f\xfcnf.mp4"),
    ],
)
def test_what_steers_a_terminal_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_errors_are_one_line_whatever_they_name() -> None:
    error = TrackFileError("/tmp/\x1b[2J\nvisit.npz: damaged")
    assert isinstance(error, HemiscanError)
    assert str(error) == r"/tmp/\x1b[2J\nvisit.npz: damaged"
