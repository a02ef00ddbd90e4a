from __future__ import annotations

import numpy as np

from hemiscan.live._capture import MAX_LAG_S, MAX_WAITING, FrameQueue
from hemiscan.video import Frame

IMAGE = np.zeros((2, 2, 3), dtype=np.uint8)


def frame(time_s):
    return Frame(0, time_s, IMAGE, captured_s=1000.0 + time_s)


def test_frames_come_out_in_order_while_the_analysis_follows(clock):
    queue = FrameQueue(clock=clock)
    for time_s in (0.0, 0.03, 0.06):
        queue.put(frame(time_s))
    clock.now_s = 1000.0 + MAX_LAG_S - 0.01
    assert [queue.take(0).time_s for _ in range(3)] == [0.0, 0.03, 0.06]
    assert queue.take(0) is None
    assert queue.take_dropped() == []


def test_an_analysis_that_is_behind_gets_the_newest_and_the_others_are_counted(clock):
    queue = FrameQueue(clock=clock)
    for time_s in (0.0, 0.03, 0.06):
        queue.put(frame(time_s))
    clock.now_s = 1000.0 + MAX_LAG_S + 0.01
    assert queue.take(0).time_s == 0.06
    assert queue.take(0) is None
    assert queue.take_dropped() == [0.0, 0.03]
    assert queue.take_dropped() == []


def test_the_queue_is_bounded(clock):
    queue = FrameQueue(clock=clock)
    times = [0.001 * index for index in range(MAX_WAITING + 1)]
    for time_s in times:
        queue.put(frame(time_s))
    assert queue.take(0).time_s == times[-1]
    assert queue.take_dropped() == times[:-1]
