"""Requests read, and answers written: what all addresses of the studio have in common."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from hemiscan._text import printable
from hemiscan.errors import HemiscanError, ReviewConflictError
from hemiscan.results import jsonable
from hemiscan.review import Review, ReviewAction
from hemiscan.studio._errors import RequestRefusedError, status_of
from hemiscan.studio._guard import Session

_Handler = Callable[[Request], Any]


def route(path: str, handler: _Handler, method: str = "GET") -> Route:
    """Return a route whose handler runs in a thread of its own, as it reads files."""

    async def endpoint(request: Request) -> Response:
        if method != "GET":
            request.state.body = await request.body()
        answer = await run_in_threadpool(handler, request)
        return answer if isinstance(answer, Response) else _json(answer)

    return Route(path, answered(endpoint), methods=[method])


def answered(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that tells whatever fails in one line."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (HemiscanError, ValueError) as error:
            facts = error.facts if isinstance(error, RequestRefusedError) else {}
            return _json({"message": printable(str(error)), **facts}, status_of(error))
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            return _json({"message": f"{type(error).__name__}: {printable(str(error))}"}, 500)

    return answered


def _json(content: Any, status: int = 200) -> Response:
    text = json.dumps(jsonable(content), ensure_ascii=False, allow_nan=False)
    return Response(text, status_code=status, media_type="application/json")


def session_of(request: Request) -> Session:
    """Return the session of the browser that asks."""
    session: Session = request.state.session
    return session


def rater_of(request: Request) -> str:
    """Return who sits before the browser that asks; refuse if nobody has said."""
    name = session_of(request).reviewer
    if not name:
        raise RequestRefusedError(409, "say who you are first")
    return name


def body_of(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request, whose body was read before."""
    try:
        content = json.loads(request.state.body)
    except (ValueError, RecursionError) as error:
        raise RequestRefusedError(400, "the request is no JSON") from error
    if not isinstance(content, dict):
        raise RequestRefusedError(400, "the request is no JSON object")
    return content


def number_of(request: Request, name: str, kind: type[float] | type[int]) -> Any:
    """Return a finite number of the request's query."""
    try:
        value = kind(request.query_params[name])
    except (KeyError, ValueError):
        raise RequestRefusedError(400, f"{name} must be a number") from None
    if not np.isfinite(value):
        raise RequestRefusedError(400, f"{name} must be a finite number")
    return value


def act(
    request: Request,
    append: Callable[[ReviewAction, str, int | None], Review],
    read: Callable[[], Review],
    to_dict: Callable[[Review], dict[str, Any]],
) -> dict[str, Any]:
    """Add an action to a log, and answer the state after it."""
    body = body_of(request)
    given, after = body.get("action"), body.get("after")
    if not isinstance(given, dict) or not (after is None or isinstance(after, int)):
        raise RequestRefusedError(400, "the request needs an action, and after what it comes")
    values = {name: given[name] for name in given if name not in ("type", "id", "comment")}
    action = ReviewAction(
        name=given.get("type", ""),
        episode=given.get("id") or "",
        values=values,
        comment=given.get("comment") or "",
    )
    try:
        return to_dict(append(action, rater_of(request), after))
    except ReviewConflictError as error:
        raise RequestRefusedError(409, str(error), review=to_dict(read())) from error
