"""``python -m benchmarks WHAT``: speed, accuracy, what is told apart, or whether results agree."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> None:
    """Measure speed or accuracy, or compare results; ``speed --help`` and so on tell more."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=main.__doc__, add_help=False)
    parser.add_argument(
        "what",
        choices=("speed", "accuracy", "eyelids", "study", "apart", "course", "body", "compare"),
    )
    options, rest = parser.parse_known_args(sys.argv[1:] if argv is None else argv)
    if options.what == "speed":
        from benchmarks.speed import main as run
    elif options.what == "accuracy":
        from benchmarks.accuracy import main as run
    elif options.what == "eyelids":
        from benchmarks.eyelids import main as run
    elif options.what == "study":
        from benchmarks.study import main as run
    elif options.what == "apart":
        from benchmarks.told_apart import main as run
    elif options.what == "course":
        from benchmarks.course import main as run
    elif options.what == "body":
        from benchmarks.body import main as run
    else:
        from benchmarks.compare import main as run
    run(rest)


if __name__ == "__main__":
    main()
