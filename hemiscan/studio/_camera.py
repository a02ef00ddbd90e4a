"""Live runs of what a page films: its frames come over a web socket and are the recording."""

from __future__ import annotations

import asyncio
import json
import re
import struct
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import numpy as np
from starlette.requests import Request
from starlette.websockets import WebSocket, WebSocketDisconnect

from hemiscan._text import printable
from hemiscan.errors import HemiscanError
from hemiscan.live import recover, unfinished_runs
from hemiscan.recording import Recording
from hemiscan.results import jsonable
from hemiscan.studio._camera_run import CameraRun, Followed
from hemiscan.studio._errors import RequestRefusedError
from hemiscan.studio._library import Library
from hemiscan.studio._requests import body_of
from hemiscan.tasks import BUILT_IN, Protocol, load_protocol
from hemiscan.tracking import LandmarkEngine, create_engine
from hemiscan.video import PushedSource

MAX_MESSAGE_BYTES = 4 << 20
"""Of one encoded frame."""

_HEADER = struct.Struct("<dI")
"""Before each picture: when it was taken in seconds, and how many the page had to leave out."""

_REPORT_EVERY_S = 0.1
_ROOM_EVERY_S = 0.02

_IN_USE, _BAD_MESSAGE = 4409, 4400
"""Close codes; those from 4000 on are an application's own."""

_IDENTITY = ("patient", "visit", "task", "note")
_MAX_FOLDER_LETTERS = 60


@dataclass
class Camera:
    """The camera page's other half: one page at a time, one run at a time.

    Attributes
    ----------
    library : Library
        Where recordings go.
    """

    library: Library
    _run: CameraRun | None = None
    _engine: LandmarkEngine | None = None
    _is_in_use: bool = False
    _facts: tuple[str, int, int, str] = ("camera", 0, 0, "")
    _follow: Followed = "face"
    _clock: Callable[[], datetime] = field(default=datetime.now)

    def close(self) -> None:
        """End what is under way, with results."""
        if self._run is not None:
            self._run.stop()
            self._run.wait()
        if self._engine is not None:
            self._engine.close()

    # Asked by the page before it films

    def get_state(self, _: Request) -> dict[str, Any]:
        """Return whether a page may record here, and what earlier runs left unfinished."""
        why = self._refusal()
        unfinished = [] if why else [path.name for path in unfinished_runs(self.library.root)]
        return {"can_record": not why, "why": why, "unfinished": unfinished, "protocols": BUILT_IN}

    def post_recover(self, request: Request) -> dict[str, Any]:
        """Make results of an unfinished run."""
        name = body_of(request).get("folder")
        known = {path.name: path for path in unfinished_runs(self.library.root)}
        if self._refusal() or name not in known:
            raise RequestRefusedError(404, "there is no unfinished run of that name")
        recover(known[name], keep_landmarks=True)
        return {"id": self._id_of(known[name])}

    def _refusal(self) -> str:
        if self.library.kind == "folder":
            return ""
        what = "a study" if self.library.kind == "study" else "results"
        return f"recordings go into a folder, and {what} was opened; open the folder around it"

    # The web socket

    async def serve(self, websocket: WebSocket) -> None:
        """Take the frames and words of a page until it leaves."""
        await websocket.accept()
        if self._is_in_use:
            await websocket.close(_IN_USE, "the camera is in use on another page")
            return
        self._is_in_use = True
        reports = asyncio.create_task(self._report(websocket))
        try:
            while True:
                message = await websocket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                if message.get("bytes") is not None:
                    await self._take_frame(websocket, message["bytes"])
                else:
                    await self._obey(websocket, message.get("text") or "")
        except RequestRefusedError as error:
            with suppress(RuntimeError, WebSocketDisconnect):
                await websocket.close(_BAD_MESSAGE, str(error))
        finally:
            reports.cancel()
            self._leave()
            self._is_in_use = False

    def _leave(self) -> None:
        """Let a preview end with its page; a recording waits for it."""
        run = self._run
        if run is None:
            return
        if run.output is None:
            run.stop()
        else:
            run.disconnect()

    async def _take_frame(self, websocket: WebSocket, message: bytes) -> None:
        """Take a frame, and let the page know when there is room for another."""
        if len(message) <= _HEADER.size:
            raise RequestRefusedError(400, "the frame has no picture")
        page_s, n_lost = _HEADER.unpack_from(message)
        if not np.isfinite(page_s):
            raise RequestRefusedError(400, "the frame has no time")
        run = self._run
        if run is not None and not run.has_ended:
            while not run.source.has_room and not run.has_ended:
                await asyncio.sleep(_ROOM_EVERY_S)
            run.n_lost = n_lost
            run.source.push(message[_HEADER.size :], page_s)
        await _send(websocket, {"type": "taken"})

    async def _obey(self, websocket: WebSocket, text: str) -> None:
        """Do what the page says; tell it what cannot be done."""
        try:
            words = json.loads(text)
            verb = words["type"]
        except (ValueError, LookupError, TypeError, RecursionError):
            raise RequestRefusedError(400, "the message is none of the camera page's") from None
        try:
            if verb == "hello":
                await asyncio.to_thread(self._greet, words)
            elif verb == "record":
                await asyncio.to_thread(self._record, words)
            elif verb == "follow":
                await asyncio.to_thread(self._change_followed, words)
            elif verb == "stop" and self._run is not None and self._run.output is not None:
                self._run.stop()
            elif verb == "pause" and self._run is not None:
                self._run.toggle_pause()
            elif verb == "mark" and self._run is not None:
                self._run.mark(printable(str(words.get("note", ""))[:200]))
            elif verb not in ("stop", "pause", "mark"):
                raise RequestRefusedError(400, "the message is none of the camera page's")
        except RequestRefusedError:
            raise
        except (HemiscanError, ValueError) as error:
            await _send(websocket, {"type": "failed", "message": printable(str(error))})

    def _greet(self, words: dict[str, Any]) -> None:
        """Begin a preview, or go on with a recording whose page had gone."""
        # Results carry no path, which the label of a made-up camera may be.
        name = printable(re.split(r"[/\\]", str(words.get("name", "")))[-1])[:80] or "camera"
        width, height = words.get("width"), words.get("height")
        page_clock = str(words.get("clock", ""))[:80]
        if not isinstance(width, int) or not isinstance(height, int):
            raise RequestRefusedError(400, "the camera has no size")
        self._facts = (name, width, height, page_clock)
        if self._run is not None and self._run.output is not None and not self._run.has_ended:
            self._run.connect(page_clock)
            return
        self._begin()

    def _change_followed(self, words: dict[str, Any]) -> None:
        """Follow more, or less, from the preview on; a recording stays as it began."""
        what: Any = words.get("what")
        if what not in get_args(Followed):
            raise RequestRefusedError(400, "that cannot be followed")
        if self._run is not None and self._run.output is not None:
            raise HemiscanError("a recording is under way; what is followed stays as it is")
        if what != self._follow:
            self._follow = what
            if self._run is not None:
                self._begin()

    def _record(self, words: dict[str, Any]) -> None:
        why = self._refusal()
        if why:
            raise HemiscanError(why)
        if self._run is None or self._run.output is not None:
            raise HemiscanError("a recording is under way, or there is no camera")
        patient, visit, task, note = (str(words.get(name, "")).strip() for name in _IDENTITY)
        recording = Recording(patient=patient, visit=visit, task=task, note=note)
        name = words.get("protocol") or None
        if name is not None and name not in BUILT_IN:
            raise HemiscanError("there is no such protocol")
        protocol = None if name is None else load_protocol(name)
        folder = self.library.root / _folder_name(recording, self._clock())
        self._begin(output=folder, recording=recording, protocol=protocol)

    def _begin(
        self,
        *,
        output: Path | None = None,
        recording: Recording | None = None,
        protocol: Protocol | None = None,
    ) -> None:
        """Begin a run in place of the one before, whose engine it takes over."""
        if self._run is not None:
            self._run.stop()
            self._run.wait()
        if self._engine is None:
            self._engine = create_engine("litert")
        name, width, height, page_clock = self._facts
        source = PushedSource(name, width, height)
        source.connect(page_clock)
        self._run = CameraRun(
            source,
            self._engine,
            output=output,
            recording=recording,
            protocol=protocol,
            follow=self._follow,
        )

    async def _report(self, websocket: WebSocket) -> None:
        """Tell the page again and again what is measured, and when a recording has ended."""
        told: CameraRun | None = None
        since_s = -1.0
        with suppress(RuntimeError, WebSocketDisconnect):
            while True:
                await asyncio.sleep(_REPORT_EVERY_S)
                run = self._run
                if run is None:
                    continue
                if run is not told:
                    told, since_s = run, -1.0
                    await _send(websocket, {"type": "begun", "phase": run.phase})
                if run.has_ended and run.output is not None:
                    await _send(websocket, await asyncio.to_thread(self._conclude, run))
                    continue
                state = run.describe(since_s)
                since_s = state["times_s"][-1] if state["times_s"] else since_s
                await _send(websocket, state)

    def _conclude(self, run: CameraRun) -> dict[str, Any]:
        """Go back to the preview after a recording, and return what became of it."""
        assert run.output is not None
        self._begin()
        if run.failure:
            hint = ""
            if run.output in unfinished_runs(self.library.root):
                hint = "; what was written can be recovered"
            return {"type": "failed", "message": f"{run.failure}{hint}"}
        return {"type": "finished", "folder": run.output.name, "id": self._id_of(run.output)}

    def _id_of(self, directory: Path) -> str | None:
        items = self.library.items(again=True)
        return next((item.id for item in items if item.directory == directory), None)


async def _send(websocket: WebSocket, content: dict[str, Any]) -> None:
    await websocket.send_text(json.dumps(jsonable(content), ensure_ascii=False, allow_nan=False))


def _folder_name(recording: Recording, now: datetime) -> str:
    """Return a name that says whose recording it is, and that no other has."""
    words = (recording.patient, recording.visit, recording.task)
    safe = (re.sub(r"[^\w-]+", "-", unicodedata.normalize("NFC", word)) for word in words)
    name = "_".join(word for word in (word.strip("-_") for word in safe) if word)
    return "_".join(filter(None, [name[:_MAX_FOLDER_LETTERS], f"{now:%Y-%m-%d_%H-%M-%S}"]))
