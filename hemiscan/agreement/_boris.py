"""Annotations in the project files of BORIS (``.boris``)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hemiscan._text import quote
from hemiscan.agreement._coding import CodedEvent, Coding, parse_seconds

_RATER_VARIABLES = ("rater", "coder", "observer", "annotator")


def parse_boris_project(text: str) -> Coding:
    """Parse a project of BORIS.

    Parameters
    ----------
    text : str
        JSON.

    Returns
    -------
    Coding
        The codes are the behaviours of the ethogram. State events are paired by their
        order: each second one of the same behaviour, subject and modifiers is a stop. The
        rater is an independent variable of that name, if there is one.

    Raises
    ------
    ValueError
        In words that follow the name of the file.
    """
    try:
        project = json.loads(text)
        observations: dict[str, dict[str, Any]] = dict(project["observations"])
        types = {
            str(of["code"]): str(of["type"]) for of in dict(project["behaviors_conf"]).values()
        }
        events = [
            event
            for name, observation in observations.items()
            for event in _events(str(name), observation, types)
        ]
        media = {str(name): _media(observation) for name, observation in observations.items()}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"not a project of BORIS, or damaged ({type(error).__name__}: {str(error)[:60]})"
        ) from None
    raters = {_rater(observation) for observation in observations.values()} or {""}
    codes = dict.fromkeys([*types, *(event.code for event in events)])
    return Coding(
        "BORIS project",
        "behaviour",
        events,
        {code: set(raters) for code in codes},
        observations=media,
    )


def _events(
    name: str, observation: Mapping[str, Any], types: Mapping[str, str]
) -> Iterator[CodedEvent]:
    running: dict[tuple[str, str, str], CodedEvent] = {}
    rater = _rater(observation)
    for number, (time, subject, code, modifiers, *_) in enumerate(observation["events"], start=1):
        place = f"observation {quote(name)}, event {number}"
        key = str(subject), str(code), str(modifiers)
        time_s, problem = _seconds(time)
        if not types.get(key[1], "State").startswith("State"):
            yield _event(place, key, name, rater, is_point=True)
        elif key not in running:
            running[key] = _event(place, key, name, rater, start_s=time_s, problem=problem)
        else:
            start = running.pop(key)
            yield _event(
                start.place,
                key,
                name,
                rater,
                start_s=start.start_s,
                end_s=time_s,
                problem=start.problem or problem,
            )
    for key, start in running.items():
        yield _event(start.place, key, name, rater, problem="its start is never followed by a stop")


def _event(
    place: str,
    key: tuple[str, str, str],
    observation: str,
    rater: str,
    *,
    start_s: float = math.nan,
    end_s: float = math.nan,
    is_point: bool = False,
    problem: str = "",
) -> CodedEvent:
    subject, code, modifiers = key
    return CodedEvent(
        place,
        code,
        start_s,
        end_s,
        values=tuple(m for m in re.split(r"[|,]", modifiers) if m and m != "None"),
        context=(subject,),
        rater=rater,
        observation=observation,
        is_point=is_point,
        problem=problem,
    )


def _seconds(time: Any) -> tuple[float, str]:
    try:
        return parse_seconds(str(time)), ""
    except ValueError:
        return math.nan, f"{quote(str(time))} is no time that a clip can have"


def _media(observation: Mapping[str, Any]) -> set[str]:
    players: Mapping[str, Sequence[str]] = observation.get("file") or {}
    return {re.split(r"[\\/]", str(name))[-1] for names in players.values() for name in names}


def _rater(observation: Mapping[str, Any]) -> str:
    variables = observation.get("independent_variables") or {}
    found = {str(name).casefold(): str(value).strip() for name, value in variables.items()}
    return next((found[name] for name in _RATER_VARIABLES if found.get(name)), "")
