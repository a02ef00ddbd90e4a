"""Protocols: what a subject is asked to do, one step after the other."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hemiscan._intervals import Interval
from hemiscan._text import printable, quote
from hemiscan.errors import TaskFileError
from hemiscan.tasks.segments import TaskSegment

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BUILT_IN = ("hfs", "body")
"""Protocols that come with hemiscan, by name."""

_MAX_PROMPT = 120
_MAX_STEPS = 500


@dataclass(frozen=True)
class Step:
    """One thing to do, perhaps several times.

    Attributes
    ----------
    task : str
        See `TaskSegment`.
    duration_s : float
        Of each repetition.
    prompt : str
        What the subject is told.
    repetitions : int
    pause_s : float
        After each repetition.
    pause_prompt : str
        What the subject is told then.

    Raises
    ------
    ValueError
        If one of them is out of its range.
    """

    task: str
    duration_s: float
    prompt: str = ""
    repetitions: int = 1
    pause_s: float = 0.0
    pause_prompt: str = "Relax"

    def __post_init__(self) -> None:
        TaskSegment(0.0, 1.0, self.task)
        if not 0 < self.duration_s < math.inf or not 0 <= self.pause_s < math.inf:
            raise ValueError("duration_s must be above 0, and pause_s not below")
        if not 1 <= self.repetitions <= _MAX_STEPS:
            raise ValueError(f"repetitions must be from 1 to {_MAX_STEPS}")
        for name in ("prompt", "pause_prompt"):
            text = getattr(self, name)
            if printable(text) != text or len(text) > _MAX_PROMPT:
                raise ValueError(f"{name} must be one line of at most {_MAX_PROMPT} characters")


@dataclass(frozen=True)
class Instruction(Interval):
    """What the subject is told for a while.

    Attributes
    ----------
    start_s, end_s : float
        Half-open span in seconds from the beginning of the protocol.
    text : str
    segment : TaskSegment or None
        None in a pause.
    """

    text: str
    segment: TaskSegment | None


@dataclass(frozen=True)
class Protocol:
    """What a subject is asked to do, one step after the other.

    Attributes
    ----------
    name : str
    steps : tuple of Step
    """

    name: str
    steps: tuple[Step, ...]

    @property
    def duration_s(self) -> float:
        """How long it takes."""
        return self.instructions[-1].end_s if self.steps else 0.0

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """All steps and pauses with their times, each repetition by itself."""
        instructions: list[Instruction] = []
        counts: dict[str, int] = {}
        now_s = 0.0
        for step in self.steps:
            for _ in range(step.repetitions):
                counts[step.task] = counts.get(step.task, 0) + 1
                end_s = now_s + step.duration_s
                segment = TaskSegment(now_s, end_s, step.task, counts[step.task], "protocol")
                text = step.prompt or step.task.replace("_", " ").capitalize()
                instructions.append(Instruction(now_s, end_s, text, segment))
                now_s = end_s
                if step.pause_s > 0:
                    end_s = now_s + step.pause_s
                    instructions.append(Instruction(now_s, end_s, step.pause_prompt, None))
                    now_s = end_s
        return tuple(instructions)


def load_protocol(name: str | Path) -> Protocol:
    """Load a protocol.

    Parameters
    ----------
    name : str or Path
        One of `BUILT_IN`, or a file (TOML) with ``name`` and a table ``[[step]]`` for each
        step, whose keys are the attributes of `Step`.

    Returns
    -------
    Protocol

    Raises
    ------
    TaskFileError
        If it cannot be read or a step is wrong; it names the step.
    """
    path = Path(__file__).with_name(f"{name}.toml") if str(name) in BUILT_IN else Path(name)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return _make_protocol(content, path.stem)
    except OSError as error:
        known = ", ".join(BUILT_IN)
        raise TaskFileError(
            f"cannot read {path}: {error.strerror or error}; name a file, or {known}"
        ) from error
    except (ValueError, TypeError) as error:  # UnicodeDecodeError and TOMLDecodeError included
        raise TaskFileError(f"{path}: no protocol ({error})") from error


def _make_protocol(content: Mapping[str, Any], default_name: str) -> Protocol:
    given = content.get("step")
    if not isinstance(given, list) or not given or len(given) > _MAX_STEPS:
        raise ValueError(f"it needs from 1 to {_MAX_STEPS} tables [[step]]")
    steps = []
    for number, values in enumerate(given, start=1):
        unknown = sorted(set(values).difference(Step.__dataclass_fields__))
        if unknown:
            raise ValueError(f"step {number}: nobody knows {', '.join(map(quote, unknown))}")
        try:
            steps.append(Step(**values))
        except (TypeError, ValueError) as error:
            reason = str(error).replace("Step.__init__() ", "")
            raise ValueError(f"step {number}: {reason}") from None
    return Protocol(printable(str(content.get("name", default_name))), tuple(steps))
