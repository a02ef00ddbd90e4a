"""One way through the packets of a file, with a frame and its position for each of them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan._cpus import count_cpus
from hemiscan.video._container import open_container, read_packets

if TYPE_CHECKING:
    from av import VideoFrame
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

_MOST_WAITING = 64
"""Packets without a frame yet: more than threads and reordering account for."""

_LARGE_PX = 1920 * 1088
_FEW_CPUS = 2
"""Frames of more pixels, or on more CPUs, are decoded in several threads: one would keep all others
waiting."""

_MOST_THREADS = 16
_KEPT_FRAMES = 6
"""Frames that a decoder keeps besides one for each thread, for reference and reordering."""

_DECODER_BYTES = 384 << 20
"""Decoded frames that a decoder may keep; the larger they are, the fewer threads it gets."""


class DamageError(Exception):
    """From here on the frames of a damaged file may depend on the number of threads."""


class DecodingPass:
    """One way through a file, or through its rest, with as many threads as are asked for.

    Parameters
    ----------
    path : Path
        The file.

    Attributes
    ----------
    container : av.container.InputContainer
    stream : av.video.stream.VideoStream
    is_threaded : bool
        Whether several threads are worth it.
    is_used : bool
        Whether frames have been asked for, which is possible only once.
    n_failed : int
        Packets that could not be decoded so far.
    is_cut_off : bool
        Whether the file has ended within a packet, which is left out.
    """

    def __init__(self, path: Path) -> None:
        self.container, self.stream = open_container(path)
        codec = self.stream.codec_context
        self.is_threaded = codec.width * codec.height > _LARGE_PX or (
            # Damaged Motion JPEG looks otherwise in several threads, and does not tell.
            count_cpus() > _FEW_CPUS and codec.name != "mjpeg"
        )
        self.is_used = False
        self.n_failed = 0
        self.is_cut_off = False

    def close(self) -> None:
        """Close the file."""
        self.container.close()

    def frames(self, seek_pts: int | None, *, is_sound: bool) -> Iterator[tuple[int, VideoFrame]]:
        """Yield frames with their positions, counted from the first of them.

        Parameters
        ----------
        seek_pts : int or None
            Begin at the key frame that the container finds before this time.
        is_sound : bool
            Decode in several threads, and at the first sign of damage raise `DamageError`,
            before any frame that the damage may have reached. Else decode all there is, in
            one thread.
        """
        import av

        self.is_used = True
        codec = self.stream.codec_context
        codec.thread_type, codec.thread_count = "AUTO", count_threads(codec) if is_sound else 1
        if is_sound:
            codec.options = {"err_detect": "explode"}  # damage is told, not concealed
        if seek_pts is not None:
            try:
                self.container.seek(seek_pts, stream=self.stream)
            except av.FFmpegError:
                return iter(())
        return self._sound_frames() if is_sound else self._all_frames()

    def _sound_frames(self) -> Iterator[tuple[int, VideoFrame]]:
        """Yield each frame once all packets before its own have given theirs.

        A frame may be predicted from others before it in the order of packets, but from none
        after it. So whatever damage it could suffer from has been told by then.
        """
        import av

        waiting: dict[int, int] = {}  # numbers of packets by their times
        decoded: deque[tuple[int, VideoFrame]] = deque()
        first_pts: int | None = None
        position = 0
        for number, packet in enumerate(self._packets()):
            if packet is not None:
                if packet.pts is None or packet.pts in waiting:
                    raise DamageError
                # A key frame may be followed by frames predicted from ones before it.
                is_early = first_pts is not None and packet.pts < first_pts
                if not (packet.is_discard or (is_early and number < _MOST_WAITING)):
                    waiting[packet.pts] = number
            try:
                frames = self._decode(packet)
            except av.FFmpegError as error:
                raise DamageError from error
            for frame in frames:
                origin = None if frame.pts is None else waiting.pop(frame.pts, None)
                if frame.is_corrupt or frame.pts is None or origin is None:
                    raise DamageError
                if first_pts is None:
                    first_pts = frame.pts
                    waiting = {pts: n for pts, n in waiting.items() if pts > first_pts}
                decoded.append((origin, frame))
            oldest = min(waiting.values(), default=math.inf)
            while decoded and decoded[0][0] < oldest:
                yield position, decoded.popleft()[1]
                position += 1
            if len(waiting) > _MOST_WAITING:
                raise DamageError
        if waiting:
            raise DamageError

    def _all_frames(self) -> Iterator[tuple[int, VideoFrame]]:
        """Yield whatever can be decoded; positions leave room for what cannot."""
        import av

        failed: set[int] = set()  # times of packets
        position = 0
        for packet in self._packets():
            try:
                frames = self._decode(packet)
            except av.FFmpegError:
                self.n_failed += 1
                if packet is not None and packet.pts is not None:
                    failed.add(packet.pts)
                continue
            for frame in frames:
                if frame.pts is not None:
                    failed.discard(frame.pts)  # decoded in part
                    lost = {pts for pts in failed if pts < frame.pts}
                    failed -= lost
                    position += len(lost)
                yield position, frame
                position += 1

    def _decode(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        frames = self.stream.decode(packet)
        for frame in frames:
            frame.time_base = self.stream.time_base  # PyAV leaves it out of the last ones
        return frames

    def _packets(self) -> Iterator[Packet[VideoStream] | None]:
        """Yield every packet that holds something, and at the end None, for the decoder's rest."""
        import av

        packets = read_packets(self.container, self.stream)
        latest: Packet[VideoStream] | None = None
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.FFmpegError):
                break
            if packet.size == 0:
                continue
            if latest is not None:
                yield latest
            latest = packet
        if latest is not None:
            self.is_cut_off = latest.is_corrupt
            if not latest.is_corrupt:
                yield latest
        yield None


def count_threads(codec: VideoCodecContext) -> int:
    """Return how many threads may decode: fewer for large frames, to bound the memory."""
    bits = codec.format.padded_bits_per_pixel if codec.format is not None else 24
    frame_bytes = max(1, codec.width * codec.height * bits // 8)
    affordable = _DECODER_BYTES // frame_bytes - _KEPT_FRAMES
    return max(1, min(count_cpus(), _MOST_THREADS, affordable))
