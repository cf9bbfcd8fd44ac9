"""The name under which the program is published: PyPI accepts it, and everything uses it."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from hydrus_video_deduplicator.cli.commands import PROGRAM
from hydrus_video_deduplicator.settings import APP_NAME

ROOT = Path(__file__).parent.parent

TAKEN = (
    "hydrusvideodeduplicator",
    "hydrus",
    "hydrus-api",
    "hydrus-mcp",
    "hydrus-mcp-server",
    "phydrus",
)
"""Projects on PyPI that have to do with Hydrus or are named like it."""


@pytest.fixture
def project() -> dict[str, Any]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project: dict[str, Any] = tomllib.loads(text)["project"]
    return project


def ultranormalized(name: str) -> str:
    """By what PyPI compares the name of a new project with all others (`ultranormalize_name`)."""
    bare = re.sub(r"[._-]", "", name.lower())
    return bare.translate(str.maketrans({"l": "1", "i": "1", "o": "0"}))


def test_the_rule_refuses_the_name_of_the_command() -> None:
    assert ultranormalized(PROGRAM) == ultranormalized("hydrusvideodeduplicator")
    assert ultranormalized("Hydrus.Vldeo_DedupIicat0r") == ultranormalized(PROGRAM)


def test_the_name_is_not_too_similar_to_an_existing_project(project: dict[str, Any]) -> None:
    assert ultranormalized(project["name"]) not in set(map(ultranormalized, TAKEN))


def test_the_command_and_the_data_directory_keep_their_names(project: dict[str, Any]) -> None:
    assert list(project["scripts"]) == [PROGRAM] == [APP_NAME]


def test_the_readme_says_how_to_install_it_by_its_name(project: dict[str, Any]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"`pipx install {project['name']}`" in readme


def test_the_page_on_undoing_removes_it_by_its_name(project: dict[str, Any]) -> None:
    undo = (ROOT / "docs" / "undo.md").read_text(encoding="utf-8")
    assert f"`pipx uninstall {project['name']}`" in undo


def test_the_release_looks_for_the_package_of_that_name(project: dict[str, Any]) -> None:
    release = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert f"dist/{project['name'].replace('-', '_')}-${{GITHUB_REF_NAME#v}}.tar.gz" in release


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_files_are_of_that_name(project: dict[str, Any], lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert set(re.findall(r"([\w-]+) \(pyproject.toml\)", text)) == {project["name"]}
