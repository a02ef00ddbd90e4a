"""When a clip was recorded, as far as its container states it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

_TAGS = ("com.apple.quicktime.creationdate", "date_recorded", "creation_time", "date")
"""By trust: Apple's is local time with its zone, creation_time often that of an export."""

_LEAST_YEAR = 1980
"""Cameras without a set clock state 1904 or 1970, the zero of their containers."""


def find_recording_date(metadata: Mapping[str, str]) -> str:
    """Return the date, or date and time, of recording in ISO 8601; empty where none is stated.

    Parameters
    ----------
    metadata : mapping of str to str
        The container's tags, in any spelling of upper and lower case.
    """
    tags = {name.lower(): text.strip() for name, text in metadata.items()}
    for name in _TAGS:
        stated = _parse(tags.get(name, ""))
        if stated is not None and stated.year >= _LEAST_YEAR:
            return stated.isoformat()
    return ""


def _parse(text: str) -> date | None:
    # Python 3.10 knows neither "Z" nor time zones without a colon.
    text = re.sub(r"Z$", "+00:00", text)
    text = re.sub(r"(:.*[+-]\d\d)(\d\d)$", r"\1:\2", text)
    try:
        return datetime.fromisoformat(text) if ":" in text else date.fromisoformat(text)
    except ValueError:
        return None
