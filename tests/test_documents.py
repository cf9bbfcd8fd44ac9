"""The documents say what the program does: each command in them is one that it reads."""

import importlib.util
import re
import shlex
import tomllib
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from hydrus_video_deduplicator.cli.commands import COMMANDS, PROGRAM
from hydrus_video_deduplicator.cli.parser import parse
from hydrus_video_deduplicator.errors import DeduplicatorError
from hydrus_video_deduplicator.settings import Settings, about_of, option_of

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
HELP = ("--help", "--version")


def command_lines(page: Path) -> list[list[str]]:
    """The arguments of every command line of a page that begins with the program's name.

    In a block of code, or inline as `hydrus-video-deduplicator …`; behind `dedup` in a container.
    Up to where the shell takes over: another command, or a file for what is printed.
    """
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.findall(rf"(?:^|[`;&]) *{PROGRAM} +([^`\n&;>]+)", text, re.MULTILINE)
    found += re.findall(r"docker compose run --rm dedup +([^`\n]+)", text)
    return [shlex.split(line, comments=True) for line in found]


EVERY = [(page.name, line) for page in PAGES for line in command_lines(page)]


def test_there_are_command_lines_to_look_at() -> None:
    assert len({page for page, _ in EVERY}) >= 5


@pytest.mark.parametrize(("page", "line"), EVERY, ids=[f"{p}: {' '.join(a)}" for p, a in EVERY])
def test_a_command_line_in_the_documents_is_one_that_the_program_reads(
    page: str, line: list[str]
) -> None:
    if not set(line) & set(HELP):
        parse(line)


OPTION = re.compile(r"`(--[a-z][a-z-]+)[ `=]")
OF_OTHERS = {"--host", "--nworkers", "--nthreads", "--scheduler-file", "--peer"}
"""Options of other programs that the pages on our options name."""


@pytest.mark.parametrize(
    "name", ["tuning", "troubleshooting", "undo", "security", "start", "report"]
)
def test_an_option_that_a_page_names_exists(name: str) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    ours = {option_of(setting) for setting in fields(Settings)} | {"--save", *HELP}
    assert set(OPTION.findall(text)) <= ours | OF_OTHERS


def load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_takes_from_the_code_and_the_examples_is_up_to_date(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert load(ROOT / ".ci" / "documents.py").updated(text) == text, "run .ci/documents.py"


def test_the_page_of_options_has_every_option_variable_and_exit_code() -> None:
    page = (ROOT / "docs" / "options.md").read_text(encoding="utf-8")
    for setting in fields(Settings):
        assert f"| `{option_of(setting)}" in page
        assert f"| `{about_of(setting).variable}` |" in page
    for error in DeduplicatorError.__subclasses__():
        assert f"\n| {error.exit_code} | " in page


def test_the_readme_lists_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"| `{command}" in readme


def test_the_readme_has_one_test_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (line,) = (line for line in readme.splitlines() if "pytest" in line)
    assert f"```sh\n{line}\n```" in readme
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert ".venv/bin/python -m pytest" in contributing
    assert ".venv\\Scripts\\python -m pytest" in contributing


def test_an_extra_is_installed_as_one_page_says() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    start = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")
    for extra in extras.keys() - {"bench", "dev", "docs"}:
        assert f"| `{extra}` | " in start
    for page in PAGES:
        if page.name != "start.md":
            assert not re.search(r"install .*\[(review|jxl|cluster)", page.read_text("utf-8"))


def test_every_page_can_be_found_in_the_site() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    listed = [page for group in site["nav"] for pages in group.values() for page in pages]
    names = {name for entry in listed for name in entry.values()}
    assert names == {page.name for page in PAGES if page.parent.name == "docs"}
