"""Who may ask for what: every request passes here first.

The server listens on loopback unless it was told otherwise, but pages of other sites can reach
loopback through the browser they are open in. So a request must name this server as its host (a
foreign name that was made to resolve to loopback does not), come from a page of this server if it
comes from a page at all, and carry what only those have who know the token in the printed address.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from hemiscan.studio._errors import RequestRefusedError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE_METHODS = ("GET", "HEAD")
_MAX_BODY_BYTES = 64 * 1024
_MAX_SESSIONS = 100
_POLICY_VIOLATION = 1008

SOCKET_PATHS = ("/api/camera/frames",)
"""Where web sockets may be opened."""

_CONTENT_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
)
_HEADERS = {
    "content-security-policy": _CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
}


@dataclass
class Session:
    """One browser that was opened with the printed address.

    Attributes
    ----------
    reviewer : str
        Who sits before it; empty until they said.
    """

    reviewer: str = ""


@dataclass
class Guard:
    """Middleware that refuses what must not be answered, and makes browsers careful.

    Attributes
    ----------
    app : ASGI application
        Gets the requests that pass; ``scope["state"]["session"]`` is their `Session`.
    token : str
        The secret in the printed address.
    hosts : tuple of str
        Names and ports that this server has.
    upload_paths : tuple of str
        Where bodies may be large; who handles them counts their bytes.
    scheme : {"http", "https"}
        Of this server.
    """

    app: ASGIApp
    token: str
    hosts: tuple[str, ...]
    upload_paths: tuple[str, ...] = ()
    scheme: str = "http"
    _sessions: dict[str, Session] = field(default_factory=dict)
    _token_session: Session = field(default_factory=Session)

    @property
    def _cookie_name(self) -> str:
        # Cookies do not tell ports apart: several studios would log each other out.
        return f"hemiscan-studio-{self.hosts[0].rpartition(':')[2]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on a request."""
        if scope["type"] == "websocket":
            await self._open_socket(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # the life of the server
        headers = Headers(scope=scope)
        answer: ASGIApp = self.app
        try:
            self._check_place(scope, headers)
            greeting = self._greet(scope)
            if greeting is not None:
                answer = greeting
            else:
                scope.setdefault("state", {})["session"] = self._find_session(headers)
                if scope["path"] not in self.upload_paths:
                    receive = _limited(receive, headers)
        except RequestRefusedError as error:
            answer = _refusal(scope, error)
        await answer(scope, receive, _hardened(send))

    async def _open_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a web socket that a page of this server opens, and refuse all others."""
        headers = Headers(scope=scope)
        try:
            self._check_place(scope, headers)
            if scope["path"] not in SOCKET_PATHS:
                raise RequestRefusedError(404, "there is no such socket")
            scope.setdefault("state", {})["session"] = self._find_session(headers)
        except RequestRefusedError:
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})  # answered by 403
            return
        await self.app(scope, receive, send)

    def _check_place(self, scope: Scope, headers: Headers) -> None:
        """Refuse requests to another host, or from a page of another site."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            raise RequestRefusedError(421, "this server is not the host that was asked for")
        origins = headers.getlist("origin")
        is_own = len(origins) == 1 and origins[0].lower() == f"{self.scheme}://{hosts[0].lower()}"
        if origins and not is_own:
            raise RequestRefusedError(403, "requests from pages of other sites are refused")
        # Browsers hold web sockets to no rule of their own about whose page opens them.
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        if changes and not is_own:
            raise RequestRefusedError(403, "changes are made from the studio's own page alone")
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise RequestRefusedError(403, "requests from pages of other sites are refused")

    def _greet(self, scope: Scope) -> Response | None:
        """Return a redirection with a new cookie for those who come with the token."""
        if scope["path"] != "/" or scope["method"] not in _SAFE_METHODS:
            return None
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if not given:
            return None
        if not _equal(given, self.token):
            raise RequestRefusedError(
                403, "the token is wrong; open the address that hemiscan studio printed"
            )
        key = secrets.token_urlsafe(32)
        while len(self._sessions) >= _MAX_SESSIONS:
            self._sessions.pop(next(iter(self._sessions)))
        self._sessions[key] = Session(self._token_session.reviewer)
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(
            self._cookie_name,
            key,
            path="/",
            secure=self.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return response

    def _find_session(self, headers: Headers) -> Session:
        given = headers.get("x-hemiscan-token", "")
        if given and _equal(given, self.token):
            return self._token_session
        for key in _cookies(headers.getlist("cookie"), self._cookie_name):
            session = self._sessions.get(key)
            if session is not None:
                return session
        raise RequestRefusedError(
            403, "not logged in; open the address that hemiscan studio printed"
        )


def _equal(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def _cookies(headers: Iterable[str], name: str) -> list[str]:
    values = []
    for text in headers:
        try:
            morsel = SimpleCookie(text).get(name)
        except CookieError:
            continue
        if morsel is not None:
            values.append(morsel.value)
    return values


def _limited(receive: Receive, headers: Headers) -> Receive:
    """Return what reads a body and refuses one that is too large, announced or not."""
    stated = headers.get("content-length", "0")
    if not stated.isascii() or not stated.isdigit() or int(stated) > _MAX_BODY_BYTES:
        raise RequestRefusedError(413, f"more than {_MAX_BODY_BYTES} bytes are not taken")
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > _MAX_BODY_BYTES:
            raise RequestRefusedError(413, f"more than {_MAX_BODY_BYTES} bytes are not taken")
        return message

    return limited


def _refusal(scope: Scope, error: RequestRefusedError) -> Response:
    if scope["path"].startswith("/api/"):
        return JSONResponse({"message": str(error)}, status_code=error.status)
    return PlainTextResponse(f"{error}\n", status_code=error.status)


def _hardened(send: Send) -> Send:
    """Return what sends an answer with the headers that make browsers careful."""

    async def hardened(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message.get("headers", [])))
            for name, value in _HEADERS.items():
                headers[name] = value
            message = {**message, "headers": headers.raw}
        await send(message)

    return hardened
