"""The sound of a clip, for a video that is made of its frames."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan._closing import Closing
from hemiscan.video._container import open_container, read_packets
from hemiscan.video._decoding import ClipDecoder

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet

_COPIED = {"aac", "ac3", "alac", "mp3"}
"""Codecs that players expect in MP4; any other is encoded again, in AAC."""

_AAC_RATES_HZ = {8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000}
_OTHER_RATE_HZ = 48_000

_SEEK_MARGIN_S = 1.0
_JITTER_S = 0.02
"""Times of sound are often rounded; a smaller step than this is none."""


class ClipSound(Closing):
    """The sound of a clip, written beside its frames as they are written again.

    A clip without sound is silent here too. Parts that cannot be decoded are left out.

    Parameters
    ----------
    path : Path
        The clip.

    Attributes
    ----------
    warning : str
        Why there is no sound although the clip has some; empty if all is well.

    Raises
    ------
    VideoError
        If the clip cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.warning = ""
        decoder = ClipDecoder(path)
        self._origin_s = decoder.first.time or 0.0
        decoder.close()
        self._container: InputContainer
        self._container, _ = open_container(path)
        self._packets: Iterator[tuple[float, Packet[AudioStream]]] = iter(())
        self._next: tuple[float, Packet[AudioStream]] | None = None
        self._source = self._choose_stream()
        self._sink: AudioStream | None = None

    def close(self) -> None:
        """Close the clip."""
        self._packets = iter(())
        self._container.close()

    def add_stream(self, output: OutputContainer) -> None:
        """Add a stream for the sound to a container, before anything is written to it."""
        self._output = output
        if self._source is None:
            return
        if self._source.codec_context.name in _COPIED:
            self._sink = output.add_stream_from_template(self._source)
            return
        rate_hz = self._source.rate if self._source.rate in _AAC_RATES_HZ else _OTHER_RATE_HZ
        self._sink = output.add_stream("aac", rate=rate_hz)
        self._sink.codec_context.layout = "mono" if self._source.channels == 1 else "stereo"

    def begin(self, first_s: float) -> None:
        """Begin at a time in seconds from the clip's first frame, which is 0 in the output."""
        if self._source is None or self._sink is None:
            return
        offset_s = self._origin_s + first_s
        self._seek(offset_s)
        is_copied = self._source.codec_context.name in _COPIED
        self._packets = (self._copied if is_copied else self._encoded)(
            self._source, self._sink, offset_s
        )
        self._next = next(self._packets, None)

    def write(self, until_s: float) -> None:
        """Write what begins before a time of the output.

        Raises
        ------
        av.FFmpegError
            If the output cannot be written.
        """
        while self._next is not None and self._next[0] < until_s:
            self._output.mux(self._next[1])
            self._next = next(self._packets, None)

    def _choose_stream(self) -> AudioStream | None:
        streams = self._container.streams.audio
        readable = [stream for stream in streams if stream.codec_context is not None]
        if streams and not readable:
            self.warning = "the sound is in a format that cannot be read: there is none"
        best = self._container.streams.best("audio")
        return next((stream for stream in readable if stream is best), next(iter(readable), None))

    def _seek(self, time_s: float) -> None:
        import av

        if time_s - _SEEK_MARGIN_S <= self._origin_s:
            return
        with suppress(av.FFmpegError):  # then it is read from the start
            self._container.seek(int((time_s - _SEEK_MARGIN_S) * av.time_base))

    def _demux(self, source: AudioStream) -> Iterator[Packet[AudioStream]]:
        import av

        packets = read_packets(self._container, source)
        while True:
            try:
                yield next(packets)
            except (StopIteration, av.FFmpegError):
                return

    def _copied(
        self, source: AudioStream, sink: AudioStream, offset_s: float
    ) -> Iterator[tuple[float, Packet[AudioStream]]]:
        """Yield the packets as they are, with their times in the output."""
        last_dts = -math.inf
        for packet in self._demux(source):
            if not packet.size or packet.pts is None or packet.dts is None:
                continue
            shift = round(offset_s / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            # Containers refuse times that go back, which damaged clips have.
            if packet.pts < 0 or packet.dts <= last_dts:
                continue
            last_dts = packet.dts
            packet.stream = sink
            yield float(packet.pts * packet.time_base), packet

    def _encoded(
        self, source: AudioStream, sink: AudioStream, offset_s: float
    ) -> Iterator[tuple[float, Packet[AudioStream]]]:
        """Yield packets of AAC, with their times in the output."""
        for frame in self._decoded(source, offset_s):
            for packet in sink.encode(frame):
                yield _start_s(packet), packet
        for packet in sink.encode(None):
            yield _start_s(packet), packet

    def _decoded(self, source: AudioStream, offset_s: float) -> Iterator[AudioFrame]:
        """Yield what can be decoded, from the start of the output on, at times that increase."""
        import av

        end_tick: int | None = None
        for packet in self._demux(source):
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                if frame.time is None:
                    continue
                tick = round((frame.time - offset_s) * frame.sample_rate)
                if end_tick is not None and abs(tick - end_tick) < _JITTER_S * frame.sample_rate:
                    tick = end_tick
                if tick < (end_tick or 0):
                    continue
                frame.pts = tick
                frame.time_base = Fraction(1, frame.sample_rate)
                end_tick = tick + frame.samples
                yield frame


def _start_s(packet: Packet[AudioStream]) -> float:
    return float((packet.pts or 0) * packet.time_base)
