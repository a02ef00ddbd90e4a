"""The files of a comparison with a rater."""

from __future__ import annotations

from pathlib import Path

from hemiscan._files import atomic_paths, make_directory
from hemiscan.agreement.metrics import Agreement
from hemiscan.results.save import json_text


def save_agreement(
    agreement: Agreement, directory: str | Path, *, names: tuple[str, str]
) -> list[Path]:
    """Write the figures and the plot of a comparison.

    Parameters
    ----------
    agreement : Agreement
    directory : str or Path
        Made if missing. Files of an earlier comparison are replaced together.
    names : tuple of str
        What the reference and the found events are called.

    Returns
    -------
    list of Path
        ``agreement.json`` and ``agreement.png``.

    Raises
    ------
    OutputError
        If a file cannot be written; earlier ones then stay as they were.
    """
    from hemiscan.agreement.plot import plot_agreement

    directory = make_directory(directory)
    paths = [directory / "agreement.json", directory / "agreement.png"]
    named = dict(zip(("reference", "found"), names, strict=True))
    text = json_text({**named, **agreement.to_dict()}) + "\n"
    with atomic_paths(paths) as (json_path, plot_path):
        json_path.write_text(text, encoding="utf-8", newline="\n")
        plot_agreement(agreement, names=names).savefig(plot_path)
    return paths
