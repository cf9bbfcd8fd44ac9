"""How to install what only some need: one form, for the way in which the program was installed."""

import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace

import pytest

from hydrus_video_deduplicator import extras
from hydrus_video_deduplicator.extras import DISTRIBUTION, how_to_install
from hydrus_video_deduplicator.frames import jpeg_xl
from hydrus_video_deduplicator.stages import cluster

ROOT = Path(__file__).parent.parent


@pytest.fixture
def project() -> dict[str, object]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project: dict[str, object] = tomllib.loads(text)["project"]
    return project


@pytest.mark.parametrize(
    ("direct_url", "prefix", "said"),
    [
        (None, "/home/a/venv", 'pip install "hydrus-video-duplicates[review]"'),
        (None, "/home/a/pipx/venvs/b", 'pipx install --force "hydrus-video-duplicates[review]"'),
        ("{}", "/home/a/venv", 'pip install ".[review]", in a copy of the repository'),
    ],
)
def test_is_told_as_the_program_was_installed(
    monkeypatch: pytest.MonkeyPatch, direct_url: str | None, prefix: str, said: str
) -> None:
    installed = SimpleNamespace(read_text=lambda name: direct_url)
    monkeypatch.setattr(extras, "distribution", lambda name: installed)
    monkeypatch.setattr(sys, "prefix", prefix)
    assert how_to_install("review") == said


def test_a_program_that_was_not_installed_is_a_copy_of_the_repository(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(extras, "distribution", missing)
    assert how_to_install("jxl").endswith('".[jxl]", in a copy of the repository')


def test_the_names_are_those_of_the_project(project: dict[str, object]) -> None:
    assert project["name"] == DISTRIBUTION
    known = project["optional-dependencies"]
    assert isinstance(known, dict)
    assert known.keys() >= {jpeg_xl.EXTRA, cluster.EXTRA, "review"}
