from __future__ import annotations

import numpy as np

from hemiscan.live._frame_queue import MAX_LAG_S, MAX_WAITING, FrameQueue
from hemiscan.video import Frame

IMAGE = np.zeros((2, 2, 3), dtype=np.uint8)


def frame(time_s):
    return Frame(0, time_s, IMAGE, captured_s=1000.0 + time_s)


def test_frames_come_out_in_order_while_the_analysis_follows(clock):
    room = FrameQueue(clock=clock)
    for time_s in (0.0, 0.03, 0.06):
        room.put(frame(time_s))
    clock.now_s = 1000.0 + MAX_LAG_S - 0.01
    assert [room.take(0).time_s for _ in range(3)] == [0.0, 0.03, 0.06]
    assert room.take(0) is None
    assert room.take_dropped() == []


def test_whoever_is_behind_gets_the_newest_and_the_others_are_told(clock):
    room = FrameQueue(clock=clock)
    for time_s in (0.0, 0.03, 0.06):
        room.put(frame(time_s))
    clock.now_s = 1000.0 + MAX_LAG_S + 0.01
    assert room.take(0).time_s == 0.06
    assert room.take(0) is None
    assert room.take_dropped() == [0.0, 0.03]
    assert room.take_dropped() == []


def test_only_so_many_frames_wait(clock):
    room = FrameQueue(clock=clock)
    times = [0.001 * index for index in range(MAX_WAITING + 1)]
    for time_s in times:
        room.put(frame(time_s))
    assert room.take(0).time_s == times[-1]
    assert room.take_dropped() == times[:-1]
