"""Whose recording it is, and when it was made."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

from hemiscan._text import printable

DateSource: TypeAlias = Literal["given", "container", "clock", ""]

MAX_NAME = 64
"""Characters of a patient, a visit or a task."""

_MAX_CHARACTERS = {"patient": MAX_NAME, "visit": MAX_NAME, "task": MAX_NAME, "note": 500}
"""All of them together must fit into the header of a live run's journal."""

_LEAST_YEAR = 1900


@dataclass(frozen=True)
class Recording:
    """Whose recording it is, and when it was made; nothing that is measured depends on it.

    Attributes
    ----------
    patient : str
        The patient's code in the clinic or study. Empty where it was not given, like all of
        these.
    visit : str
        Of which visit it is: ``baseline``, ``week 4``.
    date : str
        When it was made, in ISO 8601: a date, or a date with a time.
    date_source : {"given", "container", "clock", ""}
        Who says so: the user; the clip's container, whose camera may have had a wrong clock;
        or the clock of the computer that filmed it live. Empty where the date is unknown.
    task : str
        What the patient was asked to do: ``rest``, ``speech``.
    note : str
        What else there is to say.
    clip : str
        Name of the file without its folder, which might tell more than it should.
    sha256 : str
        SHA-256 of the file, 64 hexadecimal digits; empty for cameras and streams.

    Raises
    ------
    ValueError
        If a text is too long or holds control characters, or the date is none.
    """

    patient: str = ""
    visit: str = ""
    date: str = ""
    date_source: DateSource = ""
    task: str = ""
    note: str = ""
    clip: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            _check_text(field.name, getattr(self, field.name))
        if not self.date:
            object.__setattr__(self, "date_source", "")
            return
        _check_date(self.date)
        if not self.date_source:
            object.__setattr__(self, "date_source", "given")
        elif self.date_source not in ("given", "container", "clock"):
            raise ValueError(
                f"date_source must be given, container or clock, not {self.date_source!r}"
            )

    @property
    def day(self) -> str:
        """The date without its time, empty where it is unknown."""
        return self.date[:10]

    def updated(self, given: Recording) -> Recording:
        """Return this one with all that another one tells.

        Parameters
        ----------
        given : Recording
            Its empty fields leave those of this one as they are.
        """
        return replace(self, **{name: text for name, text in vars(given).items() if text})

    def of_clip(self, clip: str, sha256: str, recorded_at: str = "") -> Recording:
        """Return this one with the facts of the file that was analysed.

        Parameters
        ----------
        clip : str
            Name of the file.
        sha256 : str
            See above.
        recorded_at : str, optional
            What the container states; counts where no date was given, or the same.
        """
        facts: dict[str, Any] = {"clip": printable(clip), "sha256": sha256}
        if self.date in ("", recorded_at) and _is_date(recorded_at):
            facts.update(date=recorded_at, date_source="container")
        is_known = all(getattr(self, name) == fact for name, fact in facts.items())
        return self if is_known else replace(self, **facts)


def _check_text(name: str, text: str) -> None:
    if not isinstance(text, str):
        raise ValueError(f"{name} must be a text, not {text!r}")
    if printable(text) != text:
        raise ValueError(f"{name} must have no line breaks or control characters, as in {text!r}")
    limit = _MAX_CHARACTERS.get(name)
    if limit is not None and len(text) > limit:
        raise ValueError(f"{name} must have at most {limit} characters, not {len(text)}")


def _check_date(text: str) -> None:
    if not _is_date(text):
        raise ValueError(f"date must be a day as YYYY-MM-DD, such as 2026-11-26, not {text!r}")


def _is_date(text: str) -> bool:
    try:
        # Python 3.10 does not know Z, and later ones also know 20261126.
        parsed = date.fromisoformat(text[:10])
        if len(text) > 10:
            datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return False
    return parsed.year >= _LEAST_YEAR and text[:10] == parsed.isoformat()
