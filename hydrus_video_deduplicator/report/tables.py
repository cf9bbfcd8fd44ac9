"""A report as JSON or CSV, for other programs."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from hydrus_video_deduplicator.match import Span
from hydrus_video_deduplicator.report import words
from hydrus_video_deduplicator.report.contents import Group, Pair, Report, Side
from hydrus_video_deduplicator.untrusted import as_cell


def as_json(report: Report) -> str:
    """Groups of pairs, each pair with its two files; seconds, bytes and bits a second."""
    return json.dumps(
        {
            "made": report.made.isoformat(timespec="seconds"),
            "library": report.library,
            "videos": report.videos,
            "compared": report.compared,
            "larger_copies_bytes": report.larger_bytes,
            "pairs_left_out": report.left_out,
            "pairs_judged": report.judged,
            "identical": [
                {"sha256": same.sha256, "files": list(same.names)} for same in report.identical
            ],
            "groups": [_group(group) for group in report.groups],
        },
        indent=1,
    )


def as_csv(report: Report) -> str:
    """A row for each pair, with a line of column names; a spreadsheet computes none of it.

    Of identical files, the first makes a pair with each of the others.
    """
    rows = [*_identical(report)]
    rows += [
        {"group": number} | _flat(_pair(pair))
        for number, group in enumerate(report.groups, start=1)
        for pair in group.pairs
    ]
    text = io.StringIO()
    if rows:
        # the last row has all columns, if any has
        table = csv.DictWriter(text, rows[-1].keys(), restval="")
        table.writeheader()
        table.writerows(
            {name: as_cell(value) if isinstance(value, str) else value for name, value in r.items()}
            for r in rows
        )
    return text.getvalue()


def _identical(report: Report) -> Iterator[dict[str, Any]]:
    for same in report.identical:
        for other in same.names[1:]:
            yield {
                "group": "",
                "score": 1.0,
                "kind": "identical",
                "first_sha256": same.sha256,
                "first_name": same.names[0],
                "second_sha256": same.sha256,
                "second_name": other,
            }


def _group(group: Group) -> dict[str, Any]:
    best = group.advice.best
    return {
        "looks_best": None if best is None else group.files[best].sha256,
        "by": ", ".join(reason.name for reason in group.advice.reasons) or None,
        "larger_copies_bytes": group.larger_bytes,
        "pairs": [_pair(pair) for pair in group.pairs],
    }


def _pair(pair: Pair) -> dict[str, Any]:
    best, by = pair.advice.best, pair.advice.by
    return {
        "score": round(pair.match.score, 4),
        "kind": pair.match.kind.value,
        "edits": sorted(edit.value for edit in pair.match.edits),
        "how": words.how(pair),
        "sound": words.sound(pair),
        "speed": round(pair.match.longest.speed, 4),
        "parts": [part.detail() for part in pair.match.parts],
        "in_library": pair.in_library,
        "looks_best": None if best is None else pair.sides[best].letter,
        "by": None if by is None else by.name,
        "larger_copy_bytes": pair.larger_bytes,
        "files": [
            _side(*of_one)
            for of_one in zip(pair.sides, (pair.match.a_span, pair.match.b_span), strict=True)
        ],
    }


def _side(side: Side, span: Span) -> dict[str, Any]:
    file, streams = side.file, side.file.streams
    return {
        "letter": side.letter,
        "sha256": file.sha256,
        "name": file.name,
        "path": None if file.listing.path is None else str(file.listing.path),
        "span": [round(second, 2) for second in span],
        "seconds": round(file.seconds, 3),
        "bytes": file.listing.size,
        "width": None if streams is None else streams.width,
        "height": None if streams is None else streams.height,
        "container": None if streams is None else streams.container,
        "codec": None if streams is None else streams.codec,
        "bit_rate": None if file.bit_rate is None else round(file.bit_rate),
        "frame_rate": None if streams is None else streams.frame_rate,
        "sound": None if streams is None else streams.sound,
        "tags": None if file.listing.tags is None else len(words.tags_of(file)),
        "imported": file.listing.imported,
        "problem": file.problem,
        "readable": round(file.readable, 3),
    }


def _flat(pair: dict[str, Any]) -> dict[str, Any]:
    """One row: the columns of the files begin with `first_` and `second_`, spans are two each.

    The list of parts is one cell, written as JSON.
    """
    first, second = pair.pop("files")
    row = pair | {"edits": " ".join(pair["edits"]), "parts": json.dumps(pair["parts"])}
    for name, side in (("first", first), ("second", second)):
        start, end = side.pop("span")
        row |= {f"{name}_{key}": value for key, value in side.items()}
        row |= {f"{name}_from": start, f"{name}_to": end}
    return row
