from .bouts import NO_BOUTS, Overdispersion, measure_overdispersion
from .change import (
    MIN_REPEATED,
    N_DRAWS,
    Change,
    GroupChange,
    compare_group,
    compare_visits,
    compute_rate_ratio,
    compute_smallest_ratio,
)
from .pages import COURSE_NAME, save_course
from .plot import plot_course
from .visits import (
    BLOCK_S,
    MIN_EPISODES,
    N_BLOCKS_COUNTED,
    PatientCourse,
    Treatment,
    Visit,
    VisitRecording,
    VisitTask,
    load_course,
)

__all__ = [
    "BLOCK_S",
    "COURSE_NAME",
    "MIN_EPISODES",
    "MIN_REPEATED",
    "NO_BOUTS",
    "N_BLOCKS_COUNTED",
    "N_DRAWS",
    "Change",
    "GroupChange",
    "Overdispersion",
    "PatientCourse",
    "Treatment",
    "Visit",
    "VisitRecording",
    "VisitTask",
    "compare_group",
    "compare_visits",
    "compute_rate_ratio",
    "compute_smallest_ratio",
    "load_course",
    "measure_overdispersion",
    "plot_course",
    "save_course",
]
