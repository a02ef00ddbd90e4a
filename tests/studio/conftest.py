"""A studio that listens, and a browser's worth of HTTP."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import _build_analysis

pytest.importorskip("uvicorn", reason="needs hemiscan[studio]")

TOKEN = "t0ken-of-the-tests"


@dataclass
class Answer:
    """What the server said."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """Asks as the page does, unless told otherwise."""

    port: int
    headers: dict[str, str] = field(default_factory=lambda: {"X-Hemiscan-Token": TOKEN})

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """``headers`` have _ for -; an empty one is left out."""
        given = {**self.headers}
        if method not in ("GET", "HEAD"):
            given["Origin"] = self.origin
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_host="Host" in given)
            for name, value in given.items():
                if value:
                    connection.putheader(name, value)
            if data is not None and "Content-Length" not in given:
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders()
            try:
                if data is not None:
                    connection.send(data)
            except OSError:
                pass  # the server has answered before it took all
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def call_me(self, name: str) -> None:
        assert self.ask("PUT", "/api/session", {"reviewer": name}).status == 200

    def only_recording(self) -> str:
        (row,) = self.get("/api/recordings").json
        return str(row["id"])


@contextmanager
def running_studio(root: Path, *clips: Path) -> Iterator[Client]:
    import uvicorn

    from hemiscan.studio._api import Api
    from hemiscan.studio._library import Library
    from hemiscan.studio.server import _listen, make_app

    api = Api(Library(root, clips))
    with _listen(0) as listener:
        port = listener.getsockname()[1]
        app = make_app(api, token=TOKEN, port=port)
        config = uvicorn.Config(app, lifespan="off", log_level="critical", ws="websockets-sansio")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield Client(port)
        finally:
            server.should_exit = True
            thread.join()
            api.close()


def save_results(directory: Path, make_analysis: Callable[..., Any]) -> None:
    """15 s with an episode on the left from 4 to 6 s and one on the right from 9 to 12 s."""
    from hemiscan.recording import Recording

    spasms = ((4.0, 6.0, "left", "clonic"), (9.0, 12.0, "right", "tonic"))
    analysis = make_analysis(spasms=spasms, name="clip.mp4")
    analysis = analysis.with_recording(Recording(patient="P-1 <script>", visit="baseline"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hemiscan.results.report.render_report", lambda *_, **__: "report")
        analysis.save(directory, plot_formats=(), save_track=True)


@pytest.fixture
def results(tmp_path: Path, make_analysis: Callable[..., Any]) -> Path:
    """A folder of results in a folder, see `save_results`."""
    directory = tmp_path / "opened" / "clip_hemiscan"
    save_results(directory, make_analysis)
    return directory


@pytest.fixture
def studio(results: Path) -> Iterator[Client]:
    """The results alone, opened."""
    with running_studio(results) as client:
        yield client


@pytest.fixture(scope="module")
def shared_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Likewise, for all tests of a module that change nothing."""
    directory = tmp_path_factory.mktemp("opened") / "clip_hemiscan"
    save_results(directory, partial(_build_analysis, np.random.default_rng(7)))
    with running_studio(directory) as client:
        yield client


@pytest.fixture
def folder_studio(results: Path) -> Iterator[Client]:
    """A folder with the results in it."""
    with running_studio(results.parent) as client:
        yield client


@pytest.fixture
def write_clip() -> Callable[..., Path]:
    """Writes a second in which nobody is seen, with frames at the times that are given."""

    def write(path: Path, times: Sequence[float] = tuple(np.arange(25) / 25)) -> Path:
        from hemiscan.video import ClipWriter

        with ClipWriter(path, width=160, height=120) as writer:
            for number, time_s in enumerate(times):
                image = np.full((120, 160, 3), 10 * number, dtype=np.uint8)
                writer.write(image, float(time_s))
        return path

    return write
