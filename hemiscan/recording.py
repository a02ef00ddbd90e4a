"""Whose recording it is, and when it was made."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime

from hemiscan._text import printable

_MAX_NAME_CHARACTERS = 80
"""Of the patient, the visit and the task: they become names of folders and table cells."""

_MAX_NOTE_CHARACTERS = 1000


@dataclass(frozen=True)
class Recording:
    """Whose recording it is: the identity that results carry, of which nothing is measured.

    Attributes
    ----------
    patient : str
        The patient's code in the clinic or study; empty where it was not given, as all of
        these.
    visit : str
        Which visit it was made at: ``baseline``, ``week 4``.
    date : str
        When it was made, in ISO 8601: a date, or a date with a time.
    date_source : {"given", "container", ""}
        Who says so: the user, or the clip's container, which states when the file was made
        and may be wrong; empty where the date is unknown.
    task : str
        What the patient was asked to do: ``rest``, ``speech``.
    note : str
        What else there is to say.
    clip : str
        Name of the analysed file, never its path, which may tell whose it is.
    sha256 : str
        SHA-256 of that file, 64 hexadecimal digits; empty for cameras.

    Raises
    ------
    ValueError
        If a text is too long or holds control characters, or the date is none.
    """

    patient: str = ""
    visit: str = ""
    date: str = ""
    date_source: str = ""
    task: str = ""
    note: str = ""
    clip: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        for name in ("patient", "visit", "task"):
            _check_text(name, getattr(self, name), _MAX_NAME_CHARACTERS)
        _check_text("note", self.note, _MAX_NOTE_CHARACTERS)
        if self.date:
            _check_date(self.date)
            if not self.date_source:
                object.__setattr__(self, "date_source", "given")
        elif self.date_source:
            raise ValueError("date_source must be empty where date is")
        if self.date_source not in ("given", "container", ""):
            raise ValueError(
                f'date_source must be "given", "container" or empty, not {self.date_source!r}'
            )

    @property
    def is_named(self) -> bool:
        """Whether anything about it was given, beside what the clip itself tells."""
        given = (self.patient, self.visit, self.task, self.note)
        return any(given) or self.date_source == "given"

    def to_dict(self) -> dict[str, str]:
        """Return all of it, as `summary.json` holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, str]) -> Recording:
        """Return the recording that `to_dict` was called on.

        Raises
        ------
        ValueError
            If a value is no text, or not as above; unknown names are left out.
        """
        known = {field.name: values[field.name] for field in fields(cls) if field.name in values}
        for name, value in known.items():
            if not isinstance(value, str):
                raise ValueError(f"{name} must be a text, not {value!r}")
        return cls(**known)


def _check_text(name: str, text: str, max_characters: int) -> None:
    """Raise a ValueError if a text has control characters or is too long."""
    if printable(text) != text:
        raise ValueError(f"{name} must have no control characters or line breaks: {text!r}")
    if len(text) > max_characters:
        raise ValueError(f"{name} must have at most {max_characters} characters, not {len(text)}")


def _check_date(text: str) -> None:
    """Raise a ValueError unless a text is a date, or a date and time, in ISO 8601."""
    try:
        # Python 3.10 does not know "Z".
        (datetime if len(text) > 10 else date).fromisoformat(text.replace("Z", "+00:00"))
        if text[4] != "-":  # 20261126, which Python 3.11 began to read
            raise ValueError(text)
    except ValueError:
        raise ValueError(
            f"date must be a day as YYYY-MM-DD, for example 2026-11-26, not {text!r}"
        ) from None
