"""When a recording began, as far as it is known."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hemiscan.recording import Recording


class Start(NamedTuple):
    """A date, and what is known of its time.

    Attributes
    ----------
    moment : datetime
        At midnight where the time of day is not known, without a zone where that is not.
    has_time : bool
        Whether the time of day is known.
    """

    moment: datetime
    has_time: bool


def recording_start(recording: Recording) -> Start | None:
    """Return when a recording began; None where not even the date is known."""
    if not recording.date:
        return None
    # Python 3.10 does not know Z.
    moment = datetime.fromisoformat(recording.date.replace("Z", "+00:00"))
    return Start(moment, has_time=recording.date != recording.day)
