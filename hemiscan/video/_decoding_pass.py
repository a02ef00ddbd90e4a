"""One way through the packets of a file, with a frame and its position for each of them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan._cpus import count_cpus
from hemiscan.video._container import open_container

if TYPE_CHECKING:
    from av import VideoFrame
    from av.packet import Packet
    from av.video.stream import VideoStream

_MOST_WAITING = 64
"""Packets without a frame yet: more than threads and reordering account for."""

_LARGE_PX = 1920 * 1088
"""Frames of more pixels are decoded in several threads: one would keep all others waiting."""

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
    is_large : bool
        Whether frames are large enough for several threads.
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
        self.is_large = codec.width * codec.height > _LARGE_PX
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
        from av.codec.context import Flags

        self.is_used = True
        codec = self.stream.codec_context
        codec.thread_type, codec.thread_count = "AUTO", self._most_threads() if is_sound else 1
        codec.flags |= Flags.copy_opaque  # each frame tells which packet it comes from
        if is_sound:
            codec.options = {"err_detect": "explode"}  # damage is told, not concealed
        if seek_pts is not None:
            try:
                self.container.seek(seek_pts, stream=self.stream)
            except av.FFmpegError:
                return iter(())
        return self._sound_frames() if is_sound else self._all_frames()

    def _most_threads(self) -> int:
        """Return how many threads may decode: fewer for large frames, to bound the memory."""
        codec = self.stream.codec_context
        bits = codec.format.padded_bits_per_pixel if codec.format is not None else 24
        frame_bytes = max(1, codec.width * codec.height * bits // 8)
        affordable = _DECODER_BYTES // frame_bytes - _KEPT_FRAMES
        return max(1, min(count_cpus(), _MOST_THREADS, affordable))

    def _sound_frames(self) -> Iterator[tuple[int, VideoFrame]]:
        """Yield each frame once all packets before its own have given theirs.

        A frame may be predicted from others before it in the order of packets, but from none
        after it. So whatever damage it could suffer from has been told by then.
        """
        import av

        waiting: dict[int, float] = {}
        decoded: deque[tuple[int, VideoFrame]] = deque()
        first_pts, position = -math.inf, 0
        for number, packet in enumerate(self._packets()):
            if packet is not None:
                packet.opaque = number
                pts = math.inf if packet.pts is None else packet.pts
                # A key frame may be followed by frames predicted from ones before it.
                is_orphan = number < _MOST_WAITING and pts < first_pts
                if not (is_orphan or packet.is_discard):
                    waiting[number] = pts
            try:
                frames = self.stream.decode(packet)
            except av.FFmpegError as error:
                raise DamageError from error
            for frame in frames:
                if first_pts == -math.inf and frame.pts is not None:
                    first_pts = frame.pts
                    waiting = {n: pts for n, pts in waiting.items() if pts >= first_pts}
                origin = frame.opaque
                if frame.is_corrupt or not isinstance(origin, int):
                    raise DamageError
                waiting.pop(origin, None)
                decoded.append((origin, frame))
            oldest = min(waiting, default=math.inf)
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

        failed: dict[int, float] = {}
        position = 0
        for number, packet in enumerate(self._packets()):
            if packet is not None:
                packet.opaque = number
            try:
                frames = self.stream.decode(packet)
            except av.FFmpegError:
                self.n_failed += 1
                failed[number] = -math.inf if packet is None or packet.pts is None else packet.pts
                continue
            for frame in frames:
                if isinstance(frame.opaque, int):
                    failed.pop(frame.opaque, None)
                shown = math.inf if frame.pts is None else frame.pts
                lost = [number for number, pts in failed.items() if pts < shown]
                position += len(lost)
                for number in lost:
                    del failed[number]
                yield position, frame
                position += 1

    def _packets(self) -> Iterator[Packet[VideoStream] | None]:
        """Yield every packet that holds something, and at the end None, for the decoder's rest."""
        import av

        packets = self.container.demux(self.stream)
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
