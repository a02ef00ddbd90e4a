"""Which clips a browser can play as they are."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from hemiscan.studio._playback import plays_exactly

EVEN_MS = [40 * n for n in range(30)]
UNEVEN_MS = np.cumsum([0, *[20, 33, 7, 120] * 8])[:30].tolist()


def write(path: Path, times_ms: list[int], *, reordered: bool) -> Path:
    """Write a grey ramp with its frames stored in the order of their times, or in another one."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        stream.options = {"preset": "veryfast", "bf": "2" if reordered else "0", "b_strategy": "0"}
        for number, time_ms in enumerate(times_ms):
            image = np.full((64, 64, 3), 8 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(
    ("times_ms", "reordered", "exactly"),
    [
        (EVEN_MS, False, True),
        (EVEN_MS, True, True),
        (UNEVEN_MS, False, True),
        (UNEVEN_MS, True, False),
    ],
)
def test_lengths_that_are_stated_wrongly_are_not_left_to_the_browser(
    tmp_path: Path, times_ms: list[int], reordered: bool, exactly: bool
) -> None:
    clip = write(tmp_path / "clip.mp4", times_ms, reordered=reordered)
    assert plays_exactly(clip, np.array(times_ms) / 1000, mirrored=False) is exactly
