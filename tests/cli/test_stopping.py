"""Signals that come at any moment."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from hemiscan.cli.console import progress_bar
from hemiscan.cli.stopping import Stopped, stop_on_signals

if sys.platform == "win32":
    pytest.skip("needs POSIX signals", allow_module_level=True)


class Dying:
    """An object that a signal hits in its finalizer, where Python drops exceptions."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_is_heeded_even_if_its_exception_is_lost(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with stop_on_signals(), progress_bar("clip.mp4", hidden=True) as show:
        show(1, 3)
        Dying()
        with pytest.raises(Stopped) as stopped:
            show(2, 3)
    assert stopped.value.exit_code == 143
    assert capfd.readouterr().err == ""


def test_a_signal_of_an_earlier_command_is_forgotten() -> None:
    with stop_on_signals():
        Dying()
    with stop_on_signals(), progress_bar("clip.mp4", hidden=True) as show:
        show(1, 1)
