"""Signals and annotations for EDF+."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hemiscan._arrays import find_runs
from hemiscan._extra import needs_extra
from hemiscan._intervals import Interval
from hemiscan._text import printable
from hemiscan._version import __version__
from hemiscan.asymmetry.series import REGIONS
from hemiscan.export._identity import ascii_text
from hemiscan.export._limbs import movement_columns
from hemiscan.export._output import new_file
from hemiscan.export._start import recording_start
from hemiscan.results import LID_COLUMNS, frames_table

if TYPE_CHECKING:
    from edfio import EdfAnnotation, EdfSignal, Patient
    from edfio import Recording as EdfRecording

    from hemiscan._intervals import HasSpan
    from hemiscan.findings import Findings
    from hemiscan.recording import Recording

NOT_MEASURED = "BAD not measured"
"""Annotation of times without a face or a frame; MNE leaves out what is called bad."""

_MAX_GAP_S = 0.5
"""Between frames that are further apart nothing is interpolated."""

_DIGITAL_RANGE = (-32767, 32767)
"""As wide as EDF's 16 bits can be around an exact 0."""

_MAX_VISIT = 24
"""Characters; the line about the recording has 80 in all."""

_DECIMALS = 6


def export_edf(findings: Findings, path: str | Path, *, overwrite: bool = False) -> None:
    """Write movement, asymmetry and scores as signals of EDF+, and episodes as annotations.

    Parameters
    ----------
    findings : Findings
    path : str or Path
        Best ends in ``.edf``.
    overwrite : bool, optional
        Whether a file of this name may be replaced.

    Raises
    ------
    HemiscanError
        If edfio is not installed, or if there is such a file already or it cannot be written.

    Notes
    -----
    EDF+ has one fixed rate: that of `sample_rate`. Values are interpolated between the times
    of the frames, so a variable frame rate is honoured. The file begins with the whole second
    in which the analysed part of the clip begins; where the time of day of the recording is
    not known, that of the file is the clip's own time. An unknown date is X, as EDF+ has it.

    Signals are named and measured like the columns of ``frames.csv``. EDF+ knows no missing
    values: without a face, a signal is at its physical minimum, which nothing measured
    reaches, and the annotation `NOT_MEASURED` covers that time. The other annotations are
    ``spasm left clonic`` and the like, ``blink``, and the marks of a live run. Left and right
    are the subject's.

    Where the body was followed, its signals are those of ``body.csv`` that are ever known, also
    at their physical minimum where they are not. Names have 16 letters at most:
    ``hand_left_aperture`` is ``aperture_left``, ``shoulder`` is ``shldr`` and ``quality``
    ``seen``. ``arm left clonic`` and the like are its episodes, and ``arm left not measured``
    and the like cover the times without.
    """
    with needs_extra("EDF+", "edfio"):
        from edfio import Edf

    rate_hz = sample_rate(findings)
    start_s = math.floor(findings.summary.clip["start_s"])
    n_seconds = max(math.ceil(_end_s(findings) - start_s), 1)
    grid_s = start_s + np.arange(n_seconds * rate_hz) / rate_hz
    edf = Edf(
        [*_signals(findings, grid_s, rate_hz), *_body_signals(findings, grid_s, rate_hz)],
        patient=_patient(findings.recording),
        recording=_recording(findings),
        starttime=_time_of_day(findings.recording, start_s),
        data_record_duration=1,
        annotations=[
            *_annotations(findings, grid_s, rate_hz),
            *_body_annotations(findings, grid_s, rate_hz),
        ],
    )
    with new_file(path, overwrite=overwrite) as temporary:
        edf.write(temporary)


def sample_rate(findings: Findings) -> int:
    """Return the rate of the signals in EDF+, in Hz: the mean frame rate, rounded up."""
    rate_hz = findings.summary.clip["frame_rate_hz"]
    # 30.002 frames a second are 30 by a clock that is a little fast, not 31.
    return max(math.ceil(rate_hz - 0.01), 1) if math.isfinite(rate_hz) else 1


def _end_s(findings: Findings) -> float:
    clip = findings.summary.clip
    return float(clip["start_s"] + clip["seconds"])


def _patient(recording: Recording) -> Patient:
    from edfio import Patient

    return Patient(code=_code(recording.patient))


def _recording(findings: Findings) -> EdfRecording:
    """Return the header's line about the recording; X stands for what is not known."""
    from edfio import Recording as EdfRecording

    recording = findings.recording
    start = recording_start(recording)
    day = start.moment.date() if start is not None else None
    if day is not None and not 1985 <= day.year <= 2084:
        day = None  # EDF writes years with two digits
    return EdfRecording(
        startdate=day,
        hospital_administration_code=_code(recording.visit, _MAX_VISIT),
        equipment_code=f"hemiscan_{__version__}",
        additional=() if findings.summary.review is None else ("as_reviewed",),
    )


def _code(text: str, max_length: int = 60) -> str:
    """Return a text as a word of the header: ASCII without blanks, X where there is none."""
    return re.sub(r"\s+", "_", ascii_text(text).strip())[:max_length] or "X"


def _time_of_day(recording: Recording, start_s: int) -> time:
    """Return the clock's time of the start, or that of the clip where it is not known."""
    known = len(recording.date) > len("2026-11-26")
    moment = (
        datetime.fromisoformat(recording.date.replace("Z", "+00:00")) if known else datetime.min
    )
    return (moment.replace(microsecond=0) + timedelta(seconds=start_s)).time()


def _signals(findings: Findings, grid_s: NDArray[np.float64], rate_hz: int) -> Iterator[EdfSignal]:
    table = frames_table(findings).drop(columns=["frame"])
    if not np.isfinite(findings.track.lid_opening).any():
        table = table.drop(columns=list(LID_COLUMNS))
    time_s = table.pop("time_s").to_numpy()
    values = {name: table[name].to_numpy(np.float64) for name in table.columns}
    values["face"] = np.where(values["face"] > 0, 1.0, np.nan)
    for name, column in values.items():
        sampled = _resample(time_s, column, grid_s, rate_hz)
        yield _signal(name, sampled, _limit(name, values), rate_hz)


def _body_signals(
    findings: Findings, grid_s: NDArray[np.float64], rate_hz: int
) -> Iterator[EdfSignal]:
    """Yield where the limbs are; those that are never known are left out."""
    if findings.body is None:
        return
    # The quality of what is never seen is 0.
    columns = [c for c in movement_columns(findings.body) if np.nan_to_num(c.values).any()]
    for column in columns:
        sampled = _resample(findings.body.movement.time_s, column.values, grid_s, rate_hz)
        limit = _common_limit([c.values for c in columns if c.series == column.series])
        yield _signal(_short(column.name), sampled, limit, rate_hz)


def _short(name: str) -> str:
    """Return the name of a column of the body in the 16 letters that EDF has room for."""
    name = re.sub(r"^hand_(left|right)_(aperture|turn)", r"\2_\1", name)
    return name.replace("shoulder_", "shldr_").replace("_quality", "_seen")


def _signal(name: str, values: NDArray[np.float64], limit: float, rate_hz: int) -> EdfSignal:
    from edfio import EdfSignal

    return EdfSignal(
        np.where(np.isfinite(values), values, -limit),
        rate_hz,
        label=name,
        physical_dimension="deg" if name.endswith("_deg") else "",
        physical_range=(-limit, limit),
        digital_range=_DIGITAL_RANGE,
    )


def _limit(name: str, values: dict[str, NDArray[np.float64]]) -> float:
    """Return the physical maximum of a signal: a little more than the largest of its kind."""
    region = name.split("_")[0]
    if region in (*REGIONS, "lid"):
        alike = [column for other, column in values.items() if other.startswith(f"{region}_")]
    elif name.endswith("_deg"):
        alike = [column for other, column in values.items() if other.endswith("_deg")]
    else:
        return 1.1  # scores, quality and face are from 0 to 1
    return _common_limit(alike)


def _common_limit(alike: Sequence[NDArray[np.float64]]) -> float:
    """Return a little more than the largest value of signals of one kind."""
    sizes = np.abs(np.concatenate(alike))
    largest = float(np.max(sizes, where=np.isfinite(sizes), initial=0.0))
    if largest == 0:
        return 1.0
    step = 10.0 ** (math.floor(math.log10(largest)) - 1)
    return round(math.ceil(1.01 * largest / step) * step, 8)


def _resample(
    time_s: NDArray[np.float64],
    values: NDArray[np.float64],
    grid_s: NDArray[np.float64],
    rate_hz: int,
) -> NDArray[np.float64]:
    """Interpolate between neighbouring frames; NaN where one of them has no value."""
    if not len(time_s):
        return np.full(len(grid_s), np.nan)
    # The last frame is shown for as long as the others.
    time_s = np.append(time_s, time_s[-1] + 1.0 / rate_hz)
    values = np.append(values, values[-1])
    sampled = np.interp(grid_s, time_s, values, left=np.nan, right=np.nan)
    after = np.clip(np.searchsorted(time_s, grid_s, side="left"), 1, len(time_s) - 1)
    is_far = time_s[after] - time_s[after - 1] > max(_MAX_GAP_S, 2.0 / rate_hz)
    exact = np.isin(grid_s, time_s)
    return np.where(is_far & ~exact, np.nan, sampled)


def _annotations(
    findings: Findings, grid_s: NDArray[np.float64], rate_hz: int
) -> Iterator[EdfAnnotation]:
    from edfio import EdfAnnotation

    start_s = float(grid_s[0])
    for episode in findings.episodes:
        yield _span(episode, start_s, f"spasm {episode.side} {episode.kind}")
    for blink in findings.blinks:
        yield _span(blink, start_s, "blink")
    for mark in findings.marks:
        onset_s = round(mark.time_s - start_s, _DECIMALS)
        yield EdfAnnotation(onset_s, None, printable(mark.note) or "mark")
    face = np.where(findings.track.has_face, 1.0, np.nan)
    sampled = _resample(findings.track.time_s, face, grid_s, rate_hz)
    yield from _missing_spans(sampled, grid_s, rate_hz, NOT_MEASURED)


def _body_annotations(
    findings: Findings, grid_s: NDArray[np.float64], rate_hz: int
) -> Iterator[EdfAnnotation]:
    """Yield the episodes of the limbs, and when those that are signals are not known."""
    if findings.body is None:
        return
    for episode in findings.body.episodes:
        yield _span(episode, float(grid_s[0]), f"{episode.limb} {episode.side} {episode.kind}")
    parts: dict[str, NDArray[np.float64]] = {}
    for column in movement_columns(findings.body):
        parts.setdefault(column.part, column.values)
    for part, values in parts.items():
        if part and np.isfinite(values).any():
            sampled = _resample(findings.body.movement.time_s, values, grid_s, rate_hz)
            yield from _missing_spans(sampled, grid_s, rate_hz, f"{part} not measured")


def _missing_spans(
    sampled: NDArray[np.float64], grid_s: NDArray[np.float64], rate_hz: int, text: str
) -> Iterator[EdfAnnotation]:
    """Yield when a signal has no value."""
    for first, stop in find_runs(~np.isfinite(sampled)):
        begin_s = float(grid_s[first])
        end_s = begin_s + float(stop - first) / rate_hz
        yield _span(Interval(begin_s, end_s), float(grid_s[0]), text)


def _span(of: HasSpan, start_s: float, text: str) -> EdfAnnotation:
    """Return an annotation of a file that begins at a time of the clip."""
    from edfio import EdfAnnotation

    onset_s, length_s = of.start_s - start_s, of.end_s - of.start_s
    return EdfAnnotation(round(onset_s, _DECIMALS), round(length_s, _DECIMALS), text)
