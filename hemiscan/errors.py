"""The errors hemiscan raises on purpose.

::

    Exception
    └── HemiscanError       one clear line: what is wrong with which file, and what to do
        ├── VideoError      a clip that cannot be opened or decoded
        │   ├── SourceLostError     a camera or stream that has gone and may come back
        │   └── EmptyRunError       a live run that ended before its first frame
        ├── ModelError      the landmark model is missing or is not the one expected
        ├── TrackFileError  a saved track that is not one, or is damaged
        ├── ResultFileError a saved result that is not one, or is damaged
        ├── ClusterError    Dask workers that cannot be reached, or see other files
        ├── TaskFileError   a protocol or a table of tasks that is none
        ├── ManifestError   a study's table that cannot be read, a line for each bad row
        ├── ReviewConflictError     somebody else has changed the review meanwhile
        └── OutputError     a result that cannot be written

A wrong argument is a plain ``ValueError``.
"""

from hemiscan._text import printable


class HemiscanError(Exception):
    """Base of all errors about files, models and devices.

    Parameters
    ----------
    message : str
        What is wrong with which file, and what to do. Control characters in it, such as those
        of a file name, are escaped.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(printable(message))


class VideoError(HemiscanError):
    """A clip cannot be opened or decoded."""


class SourceLostError(VideoError):
    """A camera or a network stream has gone; it may come back."""


class EmptyRunError(VideoError):
    """A live run ended before its first frame."""


class ModelError(HemiscanError):
    """The landmark model is missing, unreadable or not the expected one."""


class TrackFileError(HemiscanError):
    """A saved track cannot be read back."""


class ResultFileError(HemiscanError):
    """A result that was saved cannot be read back."""


class TaskFileError(HemiscanError):
    """A protocol, or a table of what the subject was asked to do, cannot be read."""


class ClusterError(HemiscanError):
    """Dask workers cannot be reached, are of another version, or do not see the files."""


class ManifestError(HemiscanError):
    """The manifest of a study has rows that are wrong, or cannot be read.

    Parameters
    ----------
    *problems : str
        A line for each: where it is, what is wrong, and what to do.
    """

    def __init__(self, *problems: str) -> None:
        # Each is an argument of its own, so that the lines between them are kept.
        super(HemiscanError, self).__init__(*map(printable, problems))

    @property
    def problems(self) -> tuple[str, ...]:
        """The lines."""
        return self.args

    def __str__(self) -> str:
        """Return all problems, each on a line of its own."""
        return "\n".join(self.args)


class ReviewConflictError(HemiscanError):
    """Somebody else has changed a review since its state was read."""


class OutputError(HemiscanError):
    """A result cannot be written."""
