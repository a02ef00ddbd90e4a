"""Signals that come at any moment."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

import pytest

from hemiscan.cli.console import progress_bar
from hemiscan.cli.stopping import Stopped, heed_signals, stop_if_asked

if sys.platform == "win32":
    pytest.skip("needs POSIX signals", allow_module_level=True)


@pytest.fixture(params=["SIGINT", "SIGTERM", "SIGHUP"])
def send(request: pytest.FixtureRequest) -> Callable[[], int]:
    """A function that sends this process a signal, and returns the exit code it leads to."""
    number = getattr(signal, request.param)

    def send() -> int:
        os.kill(os.getpid(), number)
        return 128 + number

    return send


def test_a_signal_raises_nothing_until_it_is_asked_for(send: Callable[[], int]) -> None:
    """So that no import is left half done, whose locks would be taken for good."""
    with heed_signals():
        code = send()
        with pytest.raises(Stopped) as stopped:
            stop_if_asked()
    assert stopped.value.exit_code == code


def test_progress_asks(send: Callable[[], int]) -> None:
    with heed_signals(), progress_bar("clip.mp4", hidden=True) as (show,):
        show(1, 3)
        send()
        with pytest.raises(Stopped):
            show(2, 3)


def test_a_signal_after_the_last_question_changes_nothing(send: Callable[[], int]) -> None:
    with heed_signals():
        send()


def test_a_signal_of_an_earlier_command_is_forgotten(send: Callable[[], int]) -> None:
    with heed_signals():
        send()
    with heed_signals():
        stop_if_asked()


def test_a_second_signal_is_left_to_the_system() -> None:
    with heed_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) is not signal.SIG_DFL


def test_handlers_come_back_unless_the_program_leaves() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with heed_signals():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
    with heed_signals(leaving=True):
        pass
    try:
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_what_was_ignored_stays_ignored() -> None:
    earlier = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with heed_signals():
            os.kill(os.getpid(), signal.SIGHUP)
            stop_if_asked()
    finally:
        signal.signal(signal.SIGHUP, earlier)
