"""Start the program as a user does, and read what it prints."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fake_hydrus import FakeHydrus

from hydrus_video_deduplicator.cli import main


@dataclass(frozen=True)
class Ended:
    """A run that is over: its exit code, the JSON on stdout, and what went to stderr."""

    code: int
    summary: dict[str, Any]
    err: str


def run_on(hydrus: FakeHydrus, capsys: pytest.CaptureFixture[str], *arguments: str) -> Ended:
    """Run the program against a client, with `--json`."""
    access = ["--api-url", hydrus.url, "--api-key", hydrus.key]
    code = main([*arguments, *access, "--json"])
    out, err = capsys.readouterr()
    assert hydrus.key not in out + err
    return Ended(code, json.loads(out) if out else {}, err)


def sha256_of(hydrus: FakeHydrus, name: str) -> str:
    """The hash of the client's file of that name."""
    return next(file.sha256 for file in hydrus.files.values() if file.path.name == name)


def pair_names(hydrus: FakeHydrus) -> set[frozenset[str]]:
    """The potential pairs that the client holds, by file name."""
    pairs = hydrus.relations.potential_pairs()
    return {frozenset(Path(hydrus.files[sha].path).name for sha in pair) for pair in pairs}
