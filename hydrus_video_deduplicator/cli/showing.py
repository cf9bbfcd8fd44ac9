"""What `status`, `check` and `explain` found, on stdout: as tables, or as JSON."""

import json
import platform
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

import av
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hydrus_video_deduplicator import __version__, signature
from hydrus_video_deduplicator.cli.words import in_words
from hydrus_video_deduplicator.inspection.check import Finding
from hydrus_video_deduplicator.inspection.explain import Explanation
from hydrus_video_deduplicator.inspection.status import Status
from hydrus_video_deduplicator.library import Library
from hydrus_video_deduplicator.untrusted import printable

SIGNS = {True: ("ok", "green"), None: ("note", "yellow"), False: ("FAILS", "bold red")}


def show_findings(findings: Iterable[Finding], as_json: bool) -> int:
    """Print each as it is found; returns the exit code of the first that fails, or 0."""
    code = 0
    console = _stdout()
    for finding in findings:
        if not finding.holds and not code:
            code = finding.exit_code
        if as_json:
            print(json.dumps(asdict(finding)), flush=True)
            continue
        sign, style = SIGNS[finding.holds]
        line = Table.grid(padding=(0, 2))
        line.add_column(width=5)
        line.add_column(width=30)
        line.add_column(overflow="fold")
        line.add_row(Text(sign, style), _text(finding.what), _text(finding.says))
        console.print(line)
    return code


def show_status(status: Status, places: Mapping[str, str], as_json: bool) -> None:
    """Print the figures, the versions and where things lie."""
    versions = {
        "program": __version__,
        "signature": signature.ALGORITHM,
        "Python": platform.python_version(),
        "PyAV": av.__version__,
        "SQLite": sqlite3.sqlite_version,
    }
    if as_json:
        print(json.dumps(asdict(status) | {"versions": versions, "places": dict(places)}))
        return
    lines: list[tuple[str, object]] = []
    if status.videos is not None:
        lines.append(("videos in the library", status.videos))
    lines += [("hashed", status.hashed), ("left to hash", status.to_hash)]
    lines.append(("failed", sum(status.failed.values())))
    lines += [(f"    {reason}", number) for reason, number in _by_number(status.failed)]
    lines.append(("too little in them to be judged", sum(status.too_little.values())))
    lines += [(f"    {reason}", number) for reason, number in _by_number(status.too_little)]
    if status.uncompared:
        lines.append(("hashed, left to compare", status.uncompared))
    lines.append(("similar pairs found", status.similar))
    if status.waiting is not None:
        lines += [
            ("posted to Hydrus", status.posted),
            ("    waiting for you", status.waiting),
            ("    judged since", status.judged),
            ("    gone with a file", status.gone),
            ("left to post", status.to_post),
        ]
    if status.not_recorded:
        lines.append(("posted, but not recorded", status.not_recorded))
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(justify="right")
    for what, figure in lines:
        table.add_row(_text(what), _text(f"{figure:,}"))
    console = _stdout()
    console.print(table)
    console.print()
    rows = Table.grid(padding=(0, 2))
    for name, value in [*versions.items(), *places.items()]:
        rows.add_row(_text(name), _text(value))
    console.print(rows)


def show_explanation(explanation: Explanation, library: Library, as_json: bool) -> None:
    """Print whether and why, then the score part by part."""
    evidence = None if explanation.comparison is None else explanation.comparison.evidence
    if as_json:
        print(
            json.dumps(
                {
                    "a": explanation.a,
                    "b": explanation.b,
                    "posted": explanation.is_posted,
                    "why": explanation.why,
                    "score": None if evidence is None else round(evidence.score(), 4),
                    "parts": None if evidence is None else evidence.parts(),
                    "evidence": None if evidence is None else asdict(evidence),
                    "match": explanation.match and explanation.match.detail(),
                }
            )
        )
        return
    console = _stdout()
    names = " and ".join(library.label(sha256) for sha256 in (explanation.a, explanation.b))
    console.print(_text(f"{names}: {'posted' if explanation.is_posted else 'not posted'}.", "bold"))
    for sentence in explanation.why:
        console.print(_text(f"  {sentence}"))
    if explanation.match is not None:
        console.print(_text(f"They match: {in_words(explanation.match)}."))
    if evidence is None:
        return
    console.print(_text(f"Score {evidence.score():.3f}: the lesser of the first two x the rest."))
    table = Table.grid(padding=(0, 2))
    for name, part in evidence.parts().items():
        table.add_row(_text(f"  {name}"), _text(f"{part:.3f}"), _text(_SAYS[name]))
    console.print(table)


_SAYS = {
    "appearance": "how alike the pictures are; judged the stricter the less moves",
    "motion": "how alike what changes in them is",
    "coverage": "how much of the shorter video agrees, without a long break",
    "common picture": "how much of the picture both show",
    "shape": "whether one is stretched more one way than the other",
}


def _by_number(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))


def _text(text: object, style: str = "") -> Text:
    return Text(printable(str(text)), style)


def _stdout() -> Console:
    return Console(markup=False, highlight=False, emoji=False)


def places_of(data_dir: Path, log_file: Path | None, dotenv: Path) -> dict[str, str]:
    """Where things lie, to be shown."""
    places = {"data directory": str(data_dir.resolve())}
    if dotenv.exists():
        places["settings"] = str(dotenv.resolve())
    if log_file is not None:
        places["log"] = str(log_file.resolve())
    return places
