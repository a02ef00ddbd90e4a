"""Clips of any size, frame rate and length, made of a sample clip."""

from __future__ import annotations

from fractions import Fraction
from itertools import count, islice
from pathlib import Path

import av
import numpy as np

SAMPLE = Path(__file__).parents[2] / "sample_videos" / "left_mixed.mp4"

BASE_S = 10
"""Longer clips repeat one of this length, packet by packet."""

_NOISE = 3.0  # of a fair camera, in grey levels; without it there would be little to decode
_TELEPHONE = {"preset": "veryfast", "crf": "18"}  # 12 Mbit/s for 720p at 30/s
_MESSENGER = {"preset": "veryfast", "crf": "21"}  # 1.7 Mbit/s


def make_clip(path: Path, *, height: int, rate_hz: int, seconds: int, resent: bool = False) -> None:
    """Write an H.264 clip with a face that blinks and has spasms.

    Parameters
    ----------
    path : Path
        The MP4 file to write.
    height : int
        Of the frames; their width is 16/9 of it.
    rate_hz : int
        Frames a second; a multiple of the sample's 30.
    seconds : int
        Length; above `BASE_S` a multiple of it.
    resent : bool, optional
        As strongly compressed as messengers do it, not as telephones record it.
    """
    base = path if seconds <= BASE_S else path.with_suffix(".base.mp4")
    options = _MESSENGER if resent else _TELEPHONE
    n_frames = min(seconds, BASE_S) * rate_hz
    _encode(base, options, height=height, rate_hz=rate_hz, n_frames=n_frames)
    if base != path:
        _repeat(base, path, times=seconds // BASE_S)
        base.unlink()


def _encode(
    path: Path, options: dict[str, str], *, height: int, rate_hz: int, n_frames: int
) -> None:
    width = round(height * 16 / 9 / 2) * 2
    rng = np.random.default_rng(20_260_101)
    # One large field of noise, shifted about: as good as fresh noise to an encoder.
    noise = (rng.standard_normal((height + 64, width + 64)) * _NOISE).astype(np.int16)
    with (
        av.open(SAMPLE, metadata_errors="replace") as source,
        av.open(path, "w", metadata_errors="replace") as sink,
    ):
        stream = sink.add_stream("libx264", rate=rate_hz, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        frames = (frame for frame in source.decode(video=0) for _ in range(rate_hz // 30))
        for number, frame in zip(count(), islice(frames, n_frames)):
            planes = frame.reformat(width, height, "yuv420p").to_ndarray()
            down, across = rng.integers(0, 64, 2)
            light = planes[:height] + noise[down : down + height, across : across + width]
            planes[:height] = np.clip(light, 16, 235)
            noisy = av.VideoFrame.from_ndarray(planes, "yuv420p")
            noisy.pts, noisy.time_base = number, Fraction(1, rate_hz)
            sink.mux(stream.encode(noisy))
        sink.mux(stream.encode(None))


def _repeat(base: Path, path: Path, *, times: int) -> None:
    """Write the packets of a clip several times over."""
    with av.open(path, "w", metadata_errors="replace") as sink:
        stream, shift = None, 0
        for _ in range(times):
            with av.open(base, metadata_errors="replace") as source:
                template = source.streams.video[0]
                if stream is None:
                    stream = sink.add_stream_from_template(template)
                for packet in source.demux(template):
                    if packet.dts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    sink.mux(packet)
                shift += template.duration
