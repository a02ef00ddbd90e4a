"""What is answered instead of what was asked for."""

from __future__ import annotations

from typing import Any

from hemiscan.errors import HemiscanError, OutputError, ReviewConflictError


class RequestRefusedError(HemiscanError):
    """A request that is answered by an error of HTTP.

    Parameters
    ----------
    status : int
        Of HTTP.
    message : str
        One line.
    **facts
        What else the answer tells.
    """

    def __init__(self, status: int, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.status = status
        self.facts = facts


def not_found(what: str) -> RequestRefusedError:
    """Return the answer to a request for what is not there."""
    return RequestRefusedError(404, f"there is no {what}")


def status_of(error: Exception) -> int:
    """Return the status of HTTP that an error is answered by."""
    if isinstance(error, RequestRefusedError):
        return error.status
    if isinstance(error, ReviewConflictError):
        return 409
    if isinstance(error, OutputError):
        return 507  # the disk, or the rights on it
    if isinstance(error, (HemiscanError, ValueError)):
        return 422
    return 500
