"""One clip, measured in every way side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.speed.host import Host, describe_host
from benchmarks.speed.stages import STAGES, Place, StageTime, measure_stages
from hemiscan._cpus import count_cpus
from hemiscan.bench.runs import PLAIN_LOOP, Run, first_part, run_analyze, run_plain_loop
from hemiscan.tracking import ENGINES, EngineName
from hemiscan.video import ClipInfo

_ONE_FRAME_S = 0.01


@dataclass(frozen=True)
class Benchmark:
    """What was measured on one clip.

    Attributes
    ----------
    clip : ClipInfo
    n_frames : int
        Frames that each run went through.
    duration_s : float
        What they take to play, in seconds.
    stages : tuple of StageTime
        Each alone, on one core.
    start : Run
        The analysis of the first frame alone: loading, and files that hold next to nothing.
    runs : tuple of Run
        Whole processes, medians of the repetitions; the first is the plain loop.
    repeats : int
        How many times each was run.
    host : Host
    """

    clip: ClipInfo
    n_frames: int
    duration_s: float
    stages: tuple[StageTime, ...]
    start: Run
    runs: tuple[Run, ...]
    repeats: int
    host: Host

    @property
    def limit_s(self) -> float:
        """The CPU time of all stages spread evenly over all CPUs, in seconds."""
        cpu_ms = sum(stage.cpu_ms for stage in self.stages)
        return self.n_frames * cpu_ms / 1e3 / self.host.cpus

    def time_ms(self, place: Place, *, of_thread: bool = False) -> float:
        """CPU time for a frame of all stages in one place, in milliseconds."""
        stages = [stage for stage in self.stages if STAGES[stage.stage][0] == place]
        return sum(stage.thread_ms if of_thread else stage.cpu_ms for stage in stages)

    def predict_s(self, cpus: int) -> float:
        """Predict how long the analysis takes on a machine with so many of these CPUs, in seconds.

        All frames pass three bottlenecks, of which the narrowest decides: the thread that reads,
        the thread that needs their order, and everything together spread over the CPUs. Before
        and after them everything waits for one thread; writing is in ``start``.
        """
        while_tracking = ("reader", "workers", "in order")
        frame_ms = max(
            self.time_ms("reader", of_thread=True),
            self.time_ms("in order", of_thread=True),
            sum(self.time_ms(place) for place in while_tracking) / cpus,
        )
        end_ms = sum(s.cpu_ms for s in self.stages if s.stage in ("pose", "core", "episodes"))
        return self.start.wall_s + self.n_frames * (frame_ms + end_ms) / 1e3

    @property
    def plain(self) -> Run:
        """The plain mediapipe loop."""
        return next(run for run in self.runs if run.name == PLAIN_LOOP)


def benchmark_clip(
    clip: str | Path,
    *,
    seconds: float = 60.0,
    workers: Sequence[int] | None = None,
    engines: Sequence[EngineName] = ENGINES,
    repeats: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
) -> Benchmark:
    """Measure hemiscan and the plain mediapipe loop on a clip.

    Parameters
    ----------
    clip : str or Path
        A video.
    seconds : float, optional
        Only this much of its beginning.
    workers : sequence of int, optional
        Numbers of workers to compare; 1, 2, 4 and so on up to the CPUs there are by default.
        mediapipe's engine always runs with one, as more change nothing for it.
    engines : sequence of {"litert", "mediapipe"}, optional
        Engines to compare.
    repeats : int, optional
        Rounds, each with every run once; medians are given.
    on_progress : callable, optional
        Called after each measurement with the number done and the number of all.

    Returns
    -------
    Benchmark
        Nothing is kept of the clip's content.

    Raises
    ------
    ValueError
        If ``seconds`` is not positive, or ``repeats`` not a whole number from 1 on.
    HemiscanError
        If the clip cannot be read or a run fails.
    """
    if not seconds > 0:
        raise ValueError(f"seconds must be positive, not {seconds!r}")
    if not (isinstance(repeats, int) and repeats >= 1):
        raise ValueError(f"repeats must be a whole number from 1 on, not {repeats!r}")
    clip = Path(clip)
    ways = [partial(run_plain_loop, clip, seconds)]
    for engine in engines:
        numbers = [1] if engine == "mediapipe" else workers or _powers_of_two(count_cpus())
        ways += [
            partial(run_analyze, clip, seconds, engine=engine, workers=number) for number in numbers
        ]
    track, stages = measure_stages(clip, seconds=seconds)
    with first_part(clip, _ONE_FRAME_S) as part:
        starts = [run_analyze(part, _ONE_FRAME_S) for _ in range(repeats)]
    rounds: list[list[Run]] = []
    n_done = 1
    for _ in range(repeats):
        rounds.append([])
        for way in ways:
            if on_progress is not None:
                on_progress(n_done, repeats * len(ways) + 1)
            rounds[-1].append(way())
            n_done += 1
    return Benchmark(
        clip=track.source,
        n_frames=track.n_frames,
        duration_s=_duration(track.time_s.tolist()),
        stages=tuple(stages),
        start=_median(starts),
        runs=tuple(_median(same) for same in zip(*rounds, strict=True)),
        repeats=repeats,
        host=describe_host(),
    )


def _powers_of_two(limit: int) -> list[int]:
    """Return 1, 2, 4 and so on, and the limit itself."""
    powers = [2**n for n in range(limit.bit_length()) if 2**n < limit]
    return [*powers, limit]


def _duration(time_s: list[float]) -> float:
    """Return how long the frames play, the last one as long as the others on average."""
    if len(time_s) < 2:
        return float("nan")
    return (time_s[-1] - time_s[0]) * len(time_s) / (len(time_s) - 1)


def _median(runs: Sequence[Run]) -> Run:
    return Run(
        runs[0].name,
        median(run.wall_s for run in runs),
        median(run.cpu_s for run in runs),
        median(run.peak_mb for run in runs),
    )
