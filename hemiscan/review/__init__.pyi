from .actions import ActionName, DetectedSpan, ReviewAction, ReviewEntry, check_reviewer
from .apply import EpisodeDescriber, apply_review, counting_episodes, review_facts
from .folder import load_reviewed, open_review, save_reviewed
from .log import ReviewLog
from .state import (
    Review,
    ReviewedEpisode,
    ReviewState,
    check_action,
    check_overlaps,
    replay,
)

__all__ = [
    "ActionName",
    "DetectedSpan",
    "EpisodeDescriber",
    "Review",
    "ReviewAction",
    "ReviewEntry",
    "ReviewLog",
    "ReviewState",
    "ReviewedEpisode",
    "apply_review",
    "check_action",
    "check_overlaps",
    "check_reviewer",
    "counting_episodes",
    "load_reviewed",
    "open_review",
    "replay",
    "review_facts",
    "save_reviewed",
]
