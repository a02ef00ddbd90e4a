"""One live run of what a page films: a preview, or a recording."""

from __future__ import annotations

import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hemiscan._text import printable
from hemiscan.body import LIMBS
from hemiscan.errors import HemiscanError
from hemiscan.live import LiveMonitor
from hemiscan.live.ui import DisplayModel, SteadyHints, advise, rate_conditions
from hemiscan.recording import Recording
from hemiscan.tasks import Protocol
from hemiscan.tracking import LandmarkEngine
from hemiscan.video import PushedSource

Followed: TypeAlias = Literal["face", "body", "hands"]
"""What is followed: the face alone, the body with it, the fingers with both."""

_ABANDONED_S = 120.0
"""So long a recording waits for its page to come back; then it ends, with results."""


class CameraRun:
    """One live run in a thread of its own: a preview, or a recording into a folder.

    Parameters
    ----------
    source : PushedSource
    engine : LandmarkEngine
    output : Path, optional
        Where to record; without it nothing is written.
    recording : Recording, optional
        Whose recording it will be.
    protocol : Protocol, optional
        What the subject is led through; the recording ends with it.
    follow : {"face", "body", "hands"}, optional
        Whether to follow the body too, and its fingers.

    Attributes
    ----------
    failure : str
        Why it failed, in one line; empty unless it did.
    n_lost : int
        Frames that the page had to leave out, because they could not be sent in time.
    """

    def __init__(
        self,
        source: PushedSource,
        engine: LandmarkEngine,
        *,
        output: Path | None = None,
        recording: Recording | None = None,
        protocol: Protocol | None = None,
        follow: Followed = "face",
    ) -> None:
        self.source, self.output, self.follow = source, output, follow
        self.failure = ""
        self.n_lost = 0
        is_recorded = output is not None
        self._monitor = LiveMonitor(
            source,
            output=output,
            record=is_recorded,
            keep_landmarks=is_recorded,
            recording=recording,
            engine=engine,
            protocol=protocol,
            body=follow != "face",
            hands=follow == "hands",
        )
        self._model = DisplayModel(min_quality=self._monitor.config.min_quality)
        self._hints = SteadyHints()
        self._notice = ""
        self._abandoned: threading.Timer | None = None
        self._thread = threading.Thread(target=self._work, name="camera", daemon=True)
        self._thread.start()

    @property
    def has_ended(self) -> bool:
        """Whether the thread has ended, with results or without."""
        return not self._thread.is_alive()

    @property
    def phase(self) -> str:
        """What is going on."""
        if self.output is None:
            return "preview"
        return "writing" if self._monitor.is_ending else "recording"

    def connect(self, page_clock: str) -> None:
        """Go on with a page that has come back."""
        if self._abandoned is not None:
            self._abandoned.cancel()
        self.source.connect(page_clock)

    def disconnect(self) -> None:
        """Wait for the page to come back, but not for ever."""
        self.source.disconnect()
        self._abandoned = threading.Timer(_ABANDONED_S, self._monitor.stop)
        self._abandoned.daemon = True
        self._abandoned.start()

    def stop(self) -> None:
        """End the run, with results."""
        self.source.end()
        self._monitor.stop()
        if self._abandoned is not None:
            self._abandoned.cancel()

    def wait(self) -> None:
        """Wait until it has ended."""
        self._thread.join()

    def toggle_pause(self) -> None:
        """Leave out frames until called again."""
        self._monitor.toggle_pause()

    def mark(self, note: str) -> None:
        """Mark the newest frame."""
        from hemiscan.findings import Mark

        self._model.mark(Mark(self._monitor.mark(note), note))

    def describe(self, since_s: float) -> dict[str, Any]:
        """Return what the page shows, with the traces after a time."""
        state = self._model.state()
        frame, counts, traces = state.frame, state.counts, state.traces
        now_s = 0.0 if frame is None else frame.time_s
        hints: list[str] = []
        if frame is not None and frame.image is not None:
            seen = rate_conditions(frame, state.frame_rate_hz, with_body=self._monitor.has_body)
            hints = list(self._hints.settle(advise(seen), now_s))
        new = traces.time_s > since_s
        prompt = self._monitor.prompt
        return {
            "type": "state",
            "phase": self.phase,
            "follow": self.follow,
            "time_s": now_s,
            "hints": hints,
            "trouble": self._monitor.trouble,
            "notice": self._notice,
            "prompt": None if prompt is None or not prompt.text else asdict(prompt),
            "calibrating_s": state.calibrating_s,
            "frame_rate_hz": state.frame_rate_hz,
            "latency_ms": state.latency_ms,
            "n_dropped": self._monitor.n_dropped,
            "n_lost": self.n_lost,
            "active": {side: now_s - start_s for side, start_s in state.active.items()},
            "counts": {
                "left": counts.n_left,
                "right": counts.n_right,
                "judged_s": counts.analyzable_s,
                "spasm_s": counts.spasm_s,
                "per_minute": counts.per_minute,
                "share": counts.share,
                "last": None if counts.last is None else _describe_episode(counts.last),
            },
            "times_s": traces.time_s[new].tolist(),
            "movement": np.round(traces.movement[new].astype(np.float64), 4).tolist(),
            "limbs": self._describe_limbs(traces.limbs[new]),
            "spans": [[start, min(end, now_s), side] for start, end, side in traces.spans],
            "marks": [mark.time_s for mark in traces.marks],
        }

    def _describe_limbs(self, limbs: NDArray[np.float64]) -> dict[str, Any]:
        """Return how far hands and feet are from their posture; nothing without a body."""
        if not self._monitor.has_body:
            return {}
        shown = {limb: np.round(limbs[..., LIMBS.index(limb)], 4) for limb in ("arm", "leg")}
        return {limb: values.tolist() for limb, values in shown.items()}

    def _work(self) -> None:
        def note(text: str) -> None:
            self._notice = text

        try:
            self._monitor.run(on_frame=self._model.add, on_notice=note)
        except HemiscanError as error:
            self.failure = printable(str(error))
        except Exception as error:  # shown on the page; what was written can be recovered
            self.failure = printable(f"{type(error).__name__}: {error}")


def _describe_episode(episode: Any) -> dict[str, Any]:
    return {
        "side": episode.side,
        "kind": episode.kind,
        "duration_s": episode.duration_s,
        "end_s": episode.end_s,
    }
