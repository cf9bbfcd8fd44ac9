"""What `status`, `check` and `explain` found, on stdout: as tables, or as JSON."""

import json
import platform
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import av
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hydrus_video_deduplicator import __version__, signature
from hydrus_video_deduplicator.cli.words import how_to_find, in_words
from hydrus_video_deduplicator.inspection.check import Finding
from hydrus_video_deduplicator.inspection.explain import Explanation
from hydrus_video_deduplicator.inspection.outcome import Outcome
from hydrus_video_deduplicator.inspection.status import Status, Tags
from hydrus_video_deduplicator.match import Part, percent
from hydrus_video_deduplicator.matching.evidence import Evidence
from hydrus_video_deduplicator.untrusted import printable
from hydrus_video_deduplicator.wording import counted, plural, stretch

SIGNS = {True: ("ok", "green"), None: ("note", "yellow"), False: ("FAIL", "bold red")}
SIGN_WIDTH = 4
WHAT_WIDTH = 30
"""Columns of the longest name of a check."""

MOST_NAMED = 50
"""Files of a list that are named."""

INDENT = 4
"""Columns by which the parts of a figure are indented."""

HEADLINES = {
    Outcome.WAITING: "Waiting in Hydrus",
    Outcome.JUDGED: "Judged by you in Hydrus",
    Outcome.REMOVED: "No longer waiting in Hydrus",
    Outcome.DUE: "The next run posts it",
    Outcome.NOT_POSTED: "Not posted",
    Outcome.UNKNOWN: "Not known",
    Outcome.SIMILAR: "Similar",
    Outcome.NOT_SIMILAR: "Not similar",
    Outcome.NOT_FOUND: "Not found to be similar",
    Outcome.LEFT_OUT: "Similar, but left out",
    Outcome.MISSED: "Similar, but missed",
    Outcome.NOT_COMPARED: "Not compared",
}

Figure = tuple[int, int, str]
"""How deep it is indented, the figure, and what it counts."""


def show_findings(findings: Iterable[Finding], as_json: bool) -> int:
    """Print each as it is found; returns the exit code of the first that fails, or 0."""
    code = 0
    console = _stdout()
    for finding in findings:
        if finding.holds is False and not code:
            code = finding.exit_code
        if as_json:
            print(json.dumps(asdict(finding)), flush=True)
            continue
        sign = Text(*SIGNS[finding.holds])
        row = sign, _text(finding.what), _text(finding.says)
        _print_row(console, row, (SIGN_WIDTH, WHAT_WIDTH))
    return code


def show_status(status: Status, places: Mapping[str, str | Path], as_json: bool) -> None:
    """Print the figures, the versions and the file locations."""
    versions = {
        "program": __version__,
        "hash version": signature.ALGORITHM,
        "Python": platform.python_version(),
        "PyAV": av.__version__,
        "SQLite": sqlite3.sqlite_version,
    }
    if as_json:
        where = {name: str(place) for name, place in places.items()}
        versions["signature"] = versions.pop("hash version")
        print(json.dumps(asdict(status) | {"versions": versions, "places": where}))
        return
    console = _stdout()
    figures = list(_figures(status))
    width = max(len(f"{number:,}") for _, number, _ in figures)
    for depth, number, what in figures:
        row = Text(f"{number:>{width},}"), _text(what)
        _print_row(console, row, [width + INDENT * depth])
    _print_files(console, "Failed; --retry-failed tries them again:", status.failures)
    _print_files(console, "Could not be read; every run tries them again:", status.unreadable)
    shares = {name: percent(share) for name, share in status.partly_read.items()}
    _print_files(console, "Could be read only in part:", shares)
    _print_files(console, "With little to compare:", status.indistinct)
    if status.search:
        console.print(_text(how_to_find(status.search)), soft_wrap=True)
    console.print()
    rows = versions | {name: _with_note(place) for name, place in places.items()}
    width = max(map(len, rows))
    for name, value in rows.items():
        _print_row(console, (_text(name), _text(value)), [width])


def show_explanation(explanation: Explanation, names: Sequence[str], as_json: bool) -> None:
    """Print what becomes of the pair and why, then the score part by part.

    names: what the user calls the two files.
    """
    comparison = explanation.compared.comparison
    evidence = None if comparison is None else comparison.evidence
    if as_json:
        print(
            json.dumps(
                {
                    "a": explanation.a,
                    "b": explanation.b,
                    "outcome": explanation.outcome.value,
                    "posted": explanation.is_posted,
                    "why": explanation.why,
                    "score": None if evidence is None else round(evidence.score(), 4),
                    "parts": None if evidence is None else evidence.parts(),
                    "evidence": None if evidence is None else asdict(evidence),
                    "proposed": explanation.compared.is_proposed,
                    "map": [part.detail() for part in explanation.parts],
                    "match": explanation.match and explanation.match.detail(),
                }
            )
        )
        return
    console = _stdout()
    for which, name in zip(("first", "second"), names, strict=True):
        _print_row(console, (_text(which), _text(name)), [len("second")])
    headline = HEADLINES[explanation.outcome]
    first, *others = explanation.why or [""]
    _print(console, f"{headline}: {first}" if first else f"{headline}.", "bold")
    for sentence in others:
        _print(console, f"  {sentence}")
    if explanation.match is not None:
        _print(console, f"They match: {in_words(explanation.match)}.")
    if len(explanation.parts) > 1:
        _print_parts(console, explanation.parts)
    if evidence is not None:
        _print_score(console, evidence)


_SAYS = {
    "appearance": "how similar the pictures are; judged more strictly when little moves",
    "motion": "how similar the movement is",
    "coverage": "how much of the shorter video agrees, without a long break",
    "common picture": "how much of the picture both show",
    "shape": "whether one is stretched more in one direction than in the other",
}


def _print_parts(console: Console, parts: Sequence[Part]) -> None:
    """A line for each: which stretch of the first is which of the second, and how fast."""
    _print(console, f"They have {counted(len(parts), 'part')} in common:")
    rows = [("first", "second", "speed")]
    rows += [(stretch(*part.a_span), stretch(*part.b_span), _pace(part)) for part in parts]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)][:-1]
    indent = " " * (INDENT // 2)
    for first, *others in rows:
        cells = [_text(indent + first), *map(_text, others)]
        _print_row(console, cells, [len(indent) + widths[0], *widths[1:]])


def _pace(part: Part) -> str:
    """Of the second file: how many times as fast as the first it plays this part."""
    pace = f"{1 / abs(part.speed):.3g}"
    return f"{pace}, backwards" if part.speed < 0 else pace


def _print_score(console: Console, evidence: Evidence) -> None:
    rule = "the lower of appearance and motion, multiplied by the others"
    _print(console, f"Score {evidence.score():.3f}: {rule}.")
    parts = evidence.parts()
    width = INDENT // 2 + max(map(len, parts))
    for name, part in parts.items():
        row = _text(f"{'':{INDENT // 2}}{name}"), Text(f"{part:.3f}"), _text(_SAYS[name])
        _print_row(console, row, (width, len("0.000")))


def _print_files(console: Console, title: str, files: Mapping[str, str]) -> None:
    """Files by name, with a remark on each."""
    if not files:
        return
    console.print()
    _print(console, title)
    for name, said in list(files.items())[:MOST_NAMED]:
        _print(console, f"  {name}: {said}")
    if (more := len(files) - MOST_NAMED) > 0:
        _print(console, f"  and {more:,} more, which --json lists")


def _figures(status: Status) -> Iterator[Figure]:
    if status.videos is not None:
        yield 0, status.videos, f"{plural(status.videos, 'video')} in the library"
    yield 0, status.hashed, "hashed"
    hint = " (new, or could not be read when last tried)" if status.to_hash else ""
    yield 0, status.to_hash, f"still to hash{hint}"
    yield 0, sum(status.failed.values()), "failed"
    yield from _by_reason(status.failed)
    if status.unreadable:
        yield 0, len(status.unreadable), "could not be read; every run tries them again"
    if status.no_video:
        yield 0, sum(status.no_video.values()), "not videos"
        yield from _by_reason(status.no_video)
    yield 0, sum(status.too_little.values()), "with little to compare"
    yield from _by_reason(status.too_little)
    if status.partly_read:
        yield 0, len(status.partly_read), "hashed, but readable only in part"
    if status.uncompared:
        yield 0, status.uncompared, "hashed, still to compare"
    yield 0, status.similar, f"similar {plural(status.similar, 'pair')} found"
    if status.waiting is not None:
        yield from _figures_of_pairs(status)
    if status.in_hydrus is not None:
        hint = " (files judged as duplicates count as one)" if _counts_as_one(status) else ""
        where = "waiting in Hydrus among the tagged videos, whoever posted them"
        yield 0, status.in_hydrus, f"{where}{hint}"
    if status.tags is not None:
        yield from _figures_of_tags(status.tags)


def _counts_as_one(status: Status) -> bool:
    """Whether Hydrus counts less than what waits of ours: it takes duplicates for one file."""
    return (status.in_hydrus or 0) < (status.waiting or 0)


def _figures_of_pairs(status: Status) -> Iterator[Figure]:
    yield 1, status.similar_posted, "posted"
    yield 1, status.present, "found in Hydrus, not posted"
    yield 1, status.judged_before, "judged by you"
    yield 1, status.to_post, "still to post"
    if status.not_recorded:
        yield 1, status.not_recorded, "posted but NOT recorded; the next run posts them again"
    otherwise = status.posted_otherwise
    hint = f" ({otherwise:,} of them by tags, or with other settings)" if otherwise else ""
    yield 0, status.posted, f"posted to Hydrus and recorded{hint}"
    yield 1, status.waiting or 0, "waiting for you"
    yield 1, status.judged or 0, "judged since"
    yield 1, status.gone or 0, "dropped because a file was deleted"
    if status.removed:
        yield 1, status.removed, "removed since, and not posted again"
    if otherwise := status.not_recorded_otherwise:
        yield 0, otherwise, "posted but NOT recorded, by tags or with other settings"


def _figures_of_tags(tags: Tags) -> Iterator[Figure]:
    yield 0, tags.own + tags.others + tags.unverified, "tagged"
    yield 1, tags.own, "with the hash of their own frames"
    if tags.others:
        yield 1, tags.others, "with a wrong tag (the next run repairs them)"
    if tags.unverified:
        yield 1, tags.unverified, "not hashed here, so their tags cannot be verified"
    yield 0, tags.none, "without a tag of their own"


def _by_reason(reasons: Mapping[str, int]) -> Iterator[Figure]:
    for reason, number in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        yield 1, number, reason


def _with_note(place: str | Path) -> str:
    is_new = isinstance(place, Path) and not place.exists()
    return f"{place} (does not exist yet)" if is_new else str(place)


def _print(console: Console, text: str, style: str = "") -> None:
    # what is piped is not broken into lines, so that it can be searched
    console.print(_text(text, style), soft_wrap=not console.is_terminal)


def _print_row(console: Console, cells: Sequence[Text], widths: Sequence[int]) -> None:
    """One row; `widths` are those of all columns but the last, which is wrapped on a terminal."""
    if console.is_terminal:
        grid = Table.grid(padding=(0, 2))
        for width in widths:
            grid.add_column(width=width)
        grid.add_column(overflow="fold")
        grid.add_row(*cells)
        console.print(grid)
        return
    for cell, width in zip(cells, widths, strict=False):
        cell.pad_right(width - cell.cell_len)
    console.print(Text("  ").join(cells), soft_wrap=True)


def _text(text: str, style: str = "") -> Text:
    return Text(printable(text), style)


def _stdout() -> Console:
    return Console(markup=False, highlight=False, emoji=False)


def places_of(data_dir: Path, log_file: Path | None, dotenv: Path) -> dict[str, str | Path]:
    """File locations, to be shown."""
    places: dict[str, str | Path] = {"data directory": data_dir.resolve()}
    if dotenv.exists():
        places["settings"] = dotenv.resolve()
    if log_file is not None:
        places["log"] = log_file.resolve()
    return places
