"""What the page asks for, and what it is answered; see the page's own ``static/api.js``."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile, ZipInfo

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from hemiscan._files import atomic_path
from hemiscan._text import printable
from hemiscan._version import __version__
from hemiscan.asymmetry import REGIONS
from hemiscan.episodes.events import SIDES
from hemiscan.export import export_deidentified
from hemiscan.overlay import contours, mesh_edges
from hemiscan.results import TRACK_NAME, load_findings, load_summary, save_identity
from hemiscan.review import Review, ReviewAction, check_reviewer, save_reviewed
from hemiscan.studio._analyses import Analyses, Job, Order
from hemiscan.studio._camera import Camera
from hemiscan.studio._errors import RequestRefusedError, not_found
from hemiscan.studio._guard import SOCKET_PATHS
from hemiscan.studio._library import Library, is_of_study, is_video_name
from hemiscan.studio._list import RecordingList
from hemiscan.studio._playback import MadeVideos, Playback, plays_exactly, save_playable
from hemiscan.studio._ratings import (
    Ratings,
    open_rating,
    rate,
    rating_items,
    rating_to_dict,
)
from hemiscan.studio._recording import OpenRecording, OpenRecordings, episode_to_dict
from hemiscan.studio._requests import (
    act,
    answered,
    body_of,
    number_of,
    rater_of,
    route,
    session_of,
)
from hemiscan.studio._traces import MAX_POINTS

_MAX_MESH_FRAMES = 600
_FREE_BYTES = 1 << 30
"""What an uploaded clip must leave on the disk, for its results."""

_EYE_CORNERS = {"left": [263, 362], "right": [33, 133]}
_MOUTH_CORNERS = {"left": 291, "right": 61}
_FACE_HEIGHT = [10, 152]
"""Landmarks: outer and inner corners of the eyes, corners of the mouth, forehead and chin."""

UPLOAD_PATH = "/api/analyses"


class Api:
    """The answers.

    Parameters
    ----------
    library : Library
        What was opened.
    """

    def __init__(self, library: Library) -> None:
        self.library = library
        self._recordings = OpenRecordings()
        self._list = RecordingList(library)
        self._videos = MadeVideos(library.state_folder)
        self._ratings = Ratings(library)
        self._analyses = Analyses(lambda: library.items(again=True))
        self._camera = Camera(library)
        self._playbacks: dict[tuple[object, ...], Playback] = {}

    def close(self) -> None:
        """Stop what is under way."""
        self._camera.close()
        self._analyses.close()
        self._videos.close()

    def routes(self) -> list[BaseRoute]:
        """Return all addresses, each with what answers it."""
        recording, rating = "/api/recordings/{id}", "/api/ratings/{id}"
        return [
            route("/api/session", self._get_session),
            route("/api/session", self._put_session, "PUT"),
            route("/api/recordings", self._get_recordings),
            route(recording, self._get_recording),
            route(f"{recording}/times", lambda r: _times(self._open(r))),
            route(f"{recording}/frames", lambda r: _frames(self._open(r))),
            route(f"{recording}/mesh", lambda r: _mesh(self._open(r), r)),
            route(f"{recording}/topology", lambda _: _topology()),
            route(f"{recording}/traces", self._get_traces),
            route(f"{recording}/review", self._post_review, "POST"),
            route(f"{recording}/export", self._post_export, "POST"),
            route(f"{recording}/deidentified", self._get_deidentified),
            route(f"{recording}/identity", self._put_identity, "PUT"),
            route(f"{recording}/analyse", self._post_analyse, "POST"),
            route("/api/ratings", self._get_ratings),
            route(rating, self._get_rating),
            route(f"{rating}/times", lambda r: _times(self._open_rated(r))),
            route(f"{rating}/frames", lambda r: _frames(self._open_rated(r))),
            route(f"{rating}/mesh", lambda r: _mesh(self._open_rated(r), r)),
            route(f"{rating}/topology", lambda _: _topology()),
            route(f"{rating}/rating", self._post_rating, "POST"),
            route(UPLOAD_PATH, lambda _: [job.to_dict() for job in self._analyses.jobs()]),
            Route(UPLOAD_PATH, answered(self._upload), methods=["POST"]),
            route("/api/analyses/{id}", lambda r: self._find_job(r).to_dict()),
            route("/api/analyses/{id}", self._cancel_job, "DELETE"),
            route("/media/{id}", self._get_media),
            route("/api/camera", self._camera.get_state),
            route("/api/camera/recover", self._camera.post_recover, "POST"),
            *(WebSocketRoute(path, self._camera.serve) for path in SOCKET_PATHS),
        ]

    # The session

    def _get_session(self, request: Request) -> dict[str, Any]:
        return {
            "version": __version__,
            "root_name": printable(self.library.root.name),
            "kind": self.library.kind,
            "reviewer": session_of(request).reviewer,
            "can_analyse": self.library.kind == "folder",
            "warnings": [],
        }

    def _put_session(self, request: Request) -> dict[str, Any]:
        name = body_of(request).get("reviewer")
        check_reviewer(name)
        session_of(request).reviewer = str(name).strip()
        return self._get_session(request)

    # Recordings

    def _open(self, request: Request) -> OpenRecording:
        return self._recordings.get(self.library.find_results(request.path_params["id"]))

    def _get_recordings(self, _: Request) -> list[dict[str, Any]]:
        return self._list.rows()

    def _get_recording(self, request: Request) -> dict[str, Any]:
        recording, item_id = self._open(request), request.path_params["id"]
        findings = recording.findings
        detected = enumerate(findings.episodes, start=1)
        return {
            **_facts(recording),
            **self._video_facts(recording, item_id),
            "id": item_id,
            "name": findings.summary.clip["name"],
            "recording": vars(findings.summary.recording),
            "detected": [episode_to_dict(f"d{number}", episode) for number, episode in detected],
            "blinks": [{"start_s": b.start_s, "end_s": b.end_s} for b in findings.blinks],
            "marks": [mark._asdict() for mark in findings.marks],
            "summary": findings.summary.to_dict(),
            "warnings": findings.summary.warnings,
            "review": recording.review_to_dict(recording.log.read()),
        }

    def _get_traces(self, request: Request) -> Response:
        start_s, end_s = (number_of(request, name, float) for name in ("start_s", "end_s"))
        n_points = min(max(number_of(request, "points", int), 2), MAX_POINTS)
        traces = self._open(request).traces.between(start_s, end_s, n_points=n_points)
        return Response(traces.to_json(), media_type="application/json")

    def _post_review(self, request: Request) -> dict[str, Any]:
        recording = self._open(request)

        def append(action: ReviewAction, reviewer: str, after: int | None) -> Review:
            return recording.log.append(action, reviewer=reviewer, after=after)

        return act(request, append, recording.log.read, recording.review_to_dict)

    def _post_export(self, request: Request) -> dict[str, Any]:
        files = save_reviewed(self.library.find_results(request.path_params["id"]))
        return {"files": [path.name for path in files]}

    def _put_identity(self, request: Request) -> dict[str, Any]:
        directory = self.library.find_results(request.path_params["id"])
        if self.library.kind == "study" or is_of_study(directory):
            raise RequestRefusedError(
                409,
                "who is filmed is told by the study's table: change it there, then give it to "
                "hemiscan study run again, which makes anew only what has changed",
            )
        names = ("patient", "visit", "date", "task", "note")
        given = {name: value for name, value in body_of(request).items() if name in names}
        known = load_summary(directory).recording
        if given.get("date") == known.day:
            del given["date"]  # the page shows the day alone; its hour and who stated it stay
        elif "date" in given:
            given["date_source"] = ""
        self._recordings.forget(directory)
        save_identity(directory, replace(known, **given))
        return {"recording": vars(load_summary(directory).recording)}

    # Ratings from nothing

    def _find_rating(self, request: Request) -> tuple[int, OpenRecording]:
        number, item = self._ratings.find(rater_of(request), request.path_params["id"])
        return number, self._recordings.get(self.library.find_results(item.id))

    def _open_rated(self, request: Request) -> OpenRecording:
        return self._find_rating(request)[1]

    def _get_ratings(self, request: Request) -> dict[str, Any]:
        rater = rater_of(request)
        order = self._ratings.order(rater)
        reviews = []
        for item in order.values():
            recording = self._recordings.get(self.library.find_results(item.id))
            reviews.append((_duration_s(recording), open_rating(recording, rater).read()))
        return {"rater": rater, "items": rating_items(order, reviews)}

    def _get_rating(self, request: Request) -> dict[str, Any]:
        number, recording = self._find_rating(request)
        rating_id = request.path_params["id"]
        return {
            **_facts(recording),
            **self._video_facts(recording, rating_id, named=False),
            "id": rating_id,
            "number": number,
            "rating": rating_to_dict(recording, open_rating(recording, rater_of(request)).read()),
        }

    def _post_rating(self, request: Request) -> dict[str, Any]:
        recording, rater = self._open_rated(request), rater_of(request)

        def append(action: ReviewAction, reviewer: str, after: int | None) -> Review:
            return rate(recording, reviewer, action, after=after)

        def to_dict(review: Review) -> dict[str, Any]:
            return rating_to_dict(recording, review)

        return act(request, append, open_rating(recording, rater).read, to_dict)

    # Videos

    def _video_facts(
        self, recording: OpenRecording, media_id: str, *, named: bool = True
    ) -> dict[str, Any]:
        clip = recording.findings.summary.clip
        has_video = self.library.may_have_clip(recording.directory, str(clip["name"]))
        name = clip["name"] if named else "the clip"
        note = f"{name} is not here: open its folder, or name it with --clips"
        times = recording.findings.track.time_s
        start_s = 0.0
        if has_video and len(times) and times[0] > 0:
            playback = self._playback(recording)
            start_s = playback.start_s if isinstance(playback, Playback) else -float(times[0])
        return {
            "has_video": has_video,
            "video_url": f"/media/{media_id}" if has_video else None,
            "video_note": "" if has_video else note,
            "video_start_s": start_s,
        }

    def _get_media(self, request: Request) -> Response:
        media_id = request.path_params["id"]
        item = self._ratings.find_for_anyone(media_id) or self.library.find(media_id)
        playback = self._playback(self._recordings.get(self.library.find_results(item.id)))
        if not isinstance(playback, Playback):
            facts = {"state": "preparing", "progress": playback}
            raise RequestRefusedError(409, "the video is being made playable", **facts)
        return FileResponse(playback.path, media_type=playback.media_type)

    def _playback(self, recording: OpenRecording) -> Playback | float:
        """Return the video to be played, or how far it is made."""
        findings = recording.findings
        facts, times = findings.summary.clip, findings.track.time_s
        clip = self.library.find_clip(recording.directory, str(facts["name"]), str(facts["sha256"]))
        if clip is None or not len(times):
            raise not_found("video of this recording")
        mirrored = findings.track.mirrored
        changed_ns = clip.stat().st_mtime_ns
        key = (clip, changed_ns, float(times[0]), len(times), mirrored)
        known = self._playbacks.get(key)
        if known is not None:
            return known
        if plays_exactly(clip, times, mirrored=mirrored):
            playback = Playback(clip, 0.0)
        else:
            digest = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
            made = self._videos.get(
                f"{digest}.mp4",
                lambda path, on_progress: save_playable(
                    clip, path, times, mirrored=mirrored, on_progress=on_progress
                ),
            )
            if not isinstance(made, Path):
                return made.progress
            playback = Playback(made, -float(times[0]))
        self._playbacks[key] = playback
        return playback

    def _get_deidentified(self, request: Request) -> Response:
        """Answer clip and stills with the face as drawn lines, in a zip, once they are made."""
        recording = self._open(request)
        if not recording.has_landmarks:
            raise RequestRefusedError(
                409, "the landmarks were not saved; analyse the clip again with --save-track"
            )
        changed_ns = (recording.directory / TRACK_NAME).stat().st_mtime_ns
        key = ("de-identified", recording.directory, changed_ns)
        digest = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
        save = partial(_save_deidentified, recording.directory)
        made = self._videos.get(f"{digest}.zip", save)
        if not isinstance(made, Path):
            facts = {"state": "preparing", "progress": made.progress}
            raise RequestRefusedError(409, "the clip is being drawn", **facts)
        return FileResponse(made, media_type="application/zip", filename="de-identified.zip")

    # Analyses

    def _post_analyse(self, request: Request) -> dict[str, Any]:
        item = self.library.find(request.path_params["id"])
        if item.clip is None:
            raise RequestRefusedError(409, f"{item.name}: was analysed already")
        if self.library.kind == "study":
            raise RequestRefusedError(
                409, "clips of a study are analysed by hemiscan study run, which counts them in"
            )
        return self._analyses.add(_order(item.clip), item_id=item.id).to_dict()

    async def _upload(self, request: Request) -> Response:
        """Take a clip as the body of a request, and queue it."""
        name = request.query_params.get("name", "")
        if self.library.kind != "folder":
            raise RequestRefusedError(409, "clips are added to a folder: open one, not results")
        if Path(name).name != name or not is_video_name(name) or printable(name) != name:
            raise RequestRefusedError(422, "name must be that of a video file")
        clip = self.library.root / name
        if clip.exists():
            raise RequestRefusedError(409, f"{name}: a file of this name is here already")
        part = clip.with_name(f".{name}.part")
        try:
            with part.open("xb") as file:
                async for data in request.stream():
                    if shutil.disk_usage(self.library.root).free < _FREE_BYTES + len(data):
                        raise RequestRefusedError(507, f"{name}: the disk is too full for it")
                    await run_in_threadpool(file.write, data)
            if not part.stat().st_size:
                raise RequestRefusedError(422, f"{name}: is empty")
            part.rename(clip)
        except FileExistsError:
            raise RequestRefusedError(409, f"{name}: is being copied already") from None
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return JSONResponse(self._analyses.add(_order(clip)).to_dict())

    def _find_job(self, request: Request) -> Job:
        job = self._analyses.find(request.path_params["id"])
        if job is None:
            raise not_found("such analysis")
        return job

    def _cancel_job(self, request: Request) -> dict[str, Any]:
        job = self._find_job(request)
        self._analyses.cancel(job)
        return job.to_dict()


def _save_deidentified(directory: Path, path: Path, on_progress: Callable[[float], None]) -> None:
    findings = load_findings(directory)

    def show(done: int, n_frames: int) -> None:
        on_progress(done / n_frames)

    with TemporaryDirectory(prefix=".", dir=path.parent) as folder, atomic_path(path) as temporary:
        clip = Path(folder) / "de-identified.mp4"
        files = export_deidentified(findings, clip, on_progress=show)
        with ZipFile(temporary, "w") as archive:
            for file in files:
                name = file.relative_to(folder).as_posix()
                archive.writestr(ZipInfo(name), file.read_bytes())  # without the file's dates


def _duration_s(recording: OpenRecording) -> float:
    return float(recording.findings.summary.clip["seconds"])


def _facts(recording: OpenRecording) -> dict[str, Any]:
    """Return what is known of a recording without knowing whose it is."""
    clip = recording.findings.summary.clip
    return {
        "n_frames": recording.n_frames,
        "first_frame": recording.first_frame,
        "duration_s": _duration_s(recording),
        "width": clip["width"],
        "height": clip["height"],
        "mirrored": recording.findings.track.mirrored,
        "has_landmarks": recording.has_landmarks,
        "frame_rate_hz": clip["frame_rate_hz"],
        "regions": REGIONS,
    }


def _binary(array: np.ndarray[Any, Any]) -> Response:
    return Response(array.tobytes(), media_type="application/octet-stream")


def _times(recording: OpenRecording) -> Response:
    return _binary(recording.findings.track.time_s.astype("<f8"))


def _frames(recording: OpenRecording) -> Response:
    return _binary(recording.findings.track.frame_index.astype("<i4"))


def _mesh(recording: OpenRecording, request: Request) -> Response:
    first, count = (number_of(request, name, int) for name in ("first", "count"))
    if recording.landmarks is None:
        raise not_found("mesh: the landmarks were not saved (--save-track)")
    if first < 0 or not 0 < count <= _MAX_MESH_FRAMES:
        raise RequestRefusedError(400, f"at most {_MAX_MESH_FRAMES} frames at once, from 0 on")
    return _binary(np.asarray(recording.landmarks[first : first + count, :, :2]).astype("<f4"))


def _topology() -> dict[str, Any]:
    """Return the lines of the mesh, as on annotated clips."""
    return {
        "mesh": mesh_edges().tolist(),
        "contours": [
            {
                "side": side,
                "region": contour.region,
                "landmarks": contour.landmarks.tolist(),
                "closed": contour.closed,
            }
            for side in SIDES
            for contour in contours(side)
        ],
        "eye_corners": _EYE_CORNERS,
        "mouth_corners": _MOUTH_CORNERS,
        "face_height": _FACE_HEIGHT,
    }


def _order(clip: Path) -> Order:
    """Return what is to be done with a clip that was not analysed before."""
    return Order(clip, clip.with_name(f"{clip.stem}_hemiscan"))
