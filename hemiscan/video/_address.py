"""Addresses of network streams: what may be shown of them, and where they lead."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from hemiscan.errors import VideoError

if TYPE_CHECKING:
    from email.message import Message

_MOST_REDIRECTS = 8


def public_address(url: str) -> str:
    """Return an address as it may be shown and saved: without user, password and query.

    Everything up to the last ``@`` is left out, because a password may contain any character.
    """
    scheme, _, rest = url.partition("://")
    rest = rest.rpartition("@")[2]
    for mark in "?#":
        rest = rest.partition(mark)[0]
    return f"{scheme}://{rest}"


def follow_redirects(url: str, *, timeout_s: float) -> tuple[str, str]:
    """Find out where an HTTP address leads, as long as that is on the same host.

    Parameters
    ----------
    url : str
        Any address; one of another kind is returned as it is. User and password are not sent.
    timeout_s : float
        How long to wait for an answer.

    Returns
    -------
    address : str
        Where the address leads.
    media_type : str
        What is there, as the server calls it; empty where it does not tell.

    Raises
    ------
    VideoError
        If the address leads to another host than the one it names.
    """
    for _ in range(_MOST_REDIRECTS):
        if urlsplit(url).scheme.lower() not in ("http", "https"):
            return url, ""
        location, media_type = _look(url, timeout_s)
        if not location:
            return url, media_type
        target = urlsplit(urljoin(url, location))
        named = urlsplit(url)
        if target.hostname != named.hostname:
            raise VideoError(
                f"{public_address(url)}: leads to another host, {target.hostname}; give that "
                "address itself if you trust it"
            )
        login, at, _ = named.netloc.rpartition("@")
        host = target.netloc.rpartition("@")[2]
        url = target._replace(netloc=f"{login}{at}{host}").geturl()
    raise VideoError(f"{public_address(url)}: leads in a circle; check the address")


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Lets a redirect be seen instead of followed."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follow nothing."""


def _look(url: str, timeout_s: float) -> tuple[str, str]:
    """Return where a server sends whoever asks for an address, or the type of its answer."""
    parts = urlsplit(url)
    anonymous = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    opener = urllib.request.build_opener(_StayHere)
    try:
        with opener.open(anonymous, timeout=timeout_s) as answer:
            return "", answer.headers.get_content_type()
    except urllib.error.HTTPError as error:
        with error:
            return (error.headers.get("Location", "") if 300 <= error.code < 400 else ""), ""
    except (OSError, ValueError, http.client.HTTPException):
        return "", ""  # FFmpeg will tell what is wrong
