"""What a reviewer does, and the line of the log that keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast, get_args

from hemiscan._intervals import Interval
from hemiscan._text import printable
from hemiscan.asymmetry.series import REGIONS
from hemiscan.episodes.events import Kind, Side

ActionName: TypeAlias = Literal[
    "accept",
    "reject",
    "restore",
    "add",
    "change",
    "comment",
    "finish",
    "reopen",
    "undo",
    "redo",
]

_NAMES: tuple[str, ...] = get_args(ActionName)
_OF_AN_EPISODE = ("accept", "reject", "restore", "change")
_VALUES = ("start_s", "end_s", "side", "kind", "regions")

_MAX_TIME_S = 1e7
_MAX_COMMENT, _MAX_REVIEWER, _MAX_ID = 2000, 100, 64


@dataclass(frozen=True)
class ReviewAction:
    """One thing that a reviewer does.

    Attributes
    ----------
    name : str
        ``accept``, ``reject``, ``restore`` (as it was detected; an added one comes back),
        ``change`` and ``comment`` are about an episode, a ``comment`` perhaps about the whole
        recording; ``add`` makes one; ``finish`` and ``reopen`` tell whether the review is
        complete; ``undo`` takes the last action back that still counts, ``redo`` repeats it.
    episode : str
        Which episode it is about, see `ReviewedEpisode.id`; empty for the whole recording.
    values : mapping
        Of ``add`` and ``change``: any of ``start_s``, ``end_s``, ``side``, ``kind`` and
        ``regions``. None for the last two lets them be measured.
    comment : str
        Of ``comment``; empty takes an earlier one away.

    Raises
    ------
    ValueError
        If it is none of these, or a value cannot be.
    """

    name: ActionName
    episode: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    comment: str = ""

    def __post_init__(self) -> None:
        if self.name not in _NAMES:
            raise ValueError(f"action must be one of {', '.join(_NAMES)}, not {self.name!r}")
        _check_text("episode", self.episode, _MAX_ID)
        _check_text("comment", self.comment, _MAX_COMMENT, lines=True)
        if self.name in _OF_AN_EPISODE and not self.episode:
            raise ValueError(f"{self.name} needs an episode")
        if self.values and self.name not in ("add", "change"):
            raise ValueError(f"{self.name} takes no values")
        object.__setattr__(self, "values", _checked_values(self.values))
        missing = {"start_s", "end_s", "side"} - set(self.values)
        if self.name == "add" and missing:
            raise ValueError(f"add needs {', '.join(sorted(missing))}")
        if self.name == "change" and not self.values:
            raise ValueError(f"change needs one of {', '.join(_VALUES)}")


@dataclass(frozen=True)
class DetectedSpan(Interval):
    """The detected episode that an action was about, to find it again after a new analysis.

    Attributes
    ----------
    start_s, end_s : float
        Seconds from the clip's first frame.
    side : {"left", "right"}
    """

    side: Side


@dataclass(frozen=True)
class ReviewEntry:
    """One line of the log: an action, who did it and when.

    Attributes
    ----------
    seq : int
        Number of the entry, from 1 on.
    id : str
        Of this entry alone.
    time : str
        Date and time in ISO 8601, UTC.
    reviewer : str
    action : ReviewAction
    detected : DetectedSpan or None
        The detected episode that it is about, as it was then.
    """

    seq: int
    id: str
    time: str
    reviewer: str
    action: ReviewAction
    detected: DetectedSpan | None = None

    def to_json(self) -> str:
        """Return the entry as one line without its end."""
        action = self.action
        line: dict[str, Any] = {
            "seq": self.seq,
            "id": self.id,
            "time": self.time,
            "reviewer": self.reviewer,
            "action": action.name,
        }
        if action.episode:
            line["episode"] = action.episode
        if self.detected is not None:
            span = self.detected
            line["detected"] = {"start_s": span.start_s, "end_s": span.end_s, "side": span.side}
        if action.values:
            line["values"] = dict(action.values)
        if action.comment:
            line["comment"] = action.comment
        return json.dumps(line, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> ReviewEntry:
        """Return the entry of a line.

        Raises
        ------
        ValueError
            If it is none.
        """
        line = json.loads(text)
        if not isinstance(line, dict):
            raise ValueError("no entry of a review")
        detected = None
        if "detected" in line:
            values = _checked_values(line["detected"])
            if set(values) != {"start_s", "end_s", "side"}:
                raise ValueError("detected must have start_s, end_s and side")
            detected = DetectedSpan(**values)
        seq = line.get("seq")
        if not isinstance(seq, int) or isinstance(seq, bool) or seq < 1:
            raise ValueError(f"seq must be a number from 1 on, not {seq!r}")
        reviewer = line.get("reviewer", "")
        check_reviewer(reviewer)
        return cls(
            seq=seq,
            id=str(line.get("id", "")),
            time=str(line.get("time", "")),
            reviewer=reviewer,
            action=ReviewAction(
                name=cast(ActionName, line.get("action")),
                episode=line.get("episode", ""),
                values=line.get("values", {}),
                comment=line.get("comment", ""),
            ),
            detected=detected,
        )


def check_reviewer(name: object) -> None:
    """Raise a `ValueError` if a reviewer's name is none."""
    _check_text("reviewer", name, _MAX_REVIEWER)
    if not str(name).strip():
        raise ValueError("reviewer must have a name")


def _checked_values(values: object) -> dict[str, Any]:
    """Return the values of an episode, each of its type."""
    if not isinstance(values, Mapping):
        raise ValueError(f"values must be named, not {values!r}")
    unknown = set(values) - set(_VALUES)
    if unknown:
        raise ValueError(f"unknown {', '.join(sorted(map(str, unknown)))}")
    checked: dict[str, Any] = {name: _CHECKS[name](name, value) for name, value in values.items()}
    if {"start_s", "end_s"} <= set(checked) and checked["end_s"] <= checked["start_s"]:
        raise ValueError(
            f"end ({checked['end_s']:g} s) must be later than start ({checked['start_s']:g} s)"
        )
    return checked


def _check_time(name: str, value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _MAX_TIME_S:
        return round(float(value), 6)
    raise ValueError(f"{name} must be a number of seconds from 0 on, not {str(value)[:50]}")


def _check_side(name: str, value: object) -> object:
    if value not in get_args(Side):
        raise ValueError(f"{name} must be left or right, not {value!r}")
    return value


def _check_kind(name: str, value: object) -> object:
    if value is not None and value not in get_args(Kind):
        raise ValueError(f"{name} must be clonic, tonic or null, not {value!r}")
    return value


def _check_regions(name: str, value: object) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or not value or any(r not in REGIONS for r in value):
        raise ValueError(f"{name} must be some of {', '.join(REGIONS)}, or null, not {value!r}")
    return [region for region in REGIONS if region in value]


_CHECKS = {
    "start_s": _check_time,
    "end_s": _check_time,
    "side": _check_side,
    "kind": _check_kind,
    "regions": _check_regions,
}


def _check_text(name: str, text: object, most: int, *, lines: bool = False) -> None:
    if not isinstance(text, str):
        raise ValueError(f"{name} must be a text, not {text!r}")
    if len(text) > most:
        raise ValueError(f"{name} must have at most {most} characters, not {len(text)}")
    plain = text.replace("\n", "").replace("\t", "") if lines else text
    if printable(plain) != plain:
        raise ValueError(f"{name} must have no control characters, as in {text!r}")
