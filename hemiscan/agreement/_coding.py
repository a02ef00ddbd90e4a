"""Coded events, whatever program they come from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PureWindowsPath

_MAX_TIME_S = 1e7
"""No clip is longer: sixteen weeks."""


@dataclass(frozen=True, slots=True)
class CodedEvent:
    """One event as a rater coded it.

    Attributes
    ----------
    place : str
        Where it is in the file, for messages.
    code : str
        Name of the tier, behaviour or label; empty in tables without.
    start_s, end_s : float
        NaN where `problem` tells why.
    values : tuple of str
        What the rater noted with it, the most telling first: value, side, modifiers.
    context : tuple of str
        What may name a side, but not what was seen: remarks, subject, category.
    kind : str
        From a column of its own.
    rater, observation : str
        Empty where the file does not tell.
    is_point : bool
        Coded as an event without duration.
    problem : str
        Why it has no proper span; matters only if it turns out to be a spasm.
    """

    place: str
    code: str
    start_s: float = math.nan
    end_s: float = math.nan
    values: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    kind: str = ""
    rater: str = ""
    observation: str = ""
    is_point: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Coding:
    """Everything that was coded in one file.

    Attributes
    ----------
    format : str
        What kind of file it is, in words.
    unit : str
        What a code is called there: tier, behaviour, label.
    events : sequence of CodedEvent
    codes : dict of str to set of str
        Every code, those without events included, and the raters who used it.
    observations : dict of str to set of str
        Every coding session, and the names of the clips that were coded in it.
    has_sides : bool
        Whether sides have a column of their own, so that every row is taken for a spasm
        that does not say that it is something else.
    left_out : dict of str to int
        Events that are not in `events`, by what they are.
    remarks : tuple of str
        What was done to the times, and the like.
    """

    format: str
    unit: str
    events: Sequence[CodedEvent]
    codes: Mapping[str, set[str]]
    observations: Mapping[str, set[str]] = field(default_factory=dict)
    has_sides: bool = False
    left_out: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def parse_seconds(text: str, *, unit_s: float = 1.0) -> float:
    """Parse a time.

    Parameters
    ----------
    text : str
        A number with a decimal point or comma, or ``minutes:seconds`` or
        ``hours:minutes:seconds``.
    unit_s : float, optional
        What a number without colons is multiplied by.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    ValueError
        If it is no time, or none that a clip can have.
    """
    *larger, last = text.strip().split(":")
    if len(larger) > 2:
        raise ValueError(text)
    seconds = float(last.replace(",", "."))
    if larger:
        minutes = 0.0
        for part in larger:
            minutes = 60.0 * minutes + float(int(part[:9]))
        seconds += 60.0 * minutes
    else:
        seconds *= unit_s
    if not abs(seconds) <= _MAX_TIME_S:
        raise ValueError(text)
    return seconds


def names_clip(clip: str, names: Iterable[str]) -> bool:
    """Whether a clip is one of those named, whatever its folder and the ending of its name."""
    stem = _stem(clip)
    return bool(stem) and any(_stem(name) == stem for name in names)


def _stem(name: str) -> str:
    return PureWindowsPath(name).stem.casefold()
