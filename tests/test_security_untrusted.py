"""Nothing that others wrote controls a terminal, a page or a spreadsheet."""

import csv
import io
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from fake_hydrus import FakeHydrus
from hypothesis import given
from hypothesis import strategies as st

from hydrus_video_deduplicator.errors import CallFailed, DeduplicatorError, UnreadableVideo
from hydrus_video_deduplicator.untrusted import as_cell, printable

HOSTILE = {
    "colour": "\x1b[31mred",
    "clear the screen": "\x1b[2J\x1b[H",
    "window title": "\x1b]0;title\x07",
    "hyperlink": "\x1b]8;;http://evil.invalid\x1b\\click\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;cm0gLXJmIH4=\x07",
    "one-byte escape": "\x9b31m\x9d0;title\x9c",
    "device control": "\x90tmux;\x1b\\",
    "overwriting": "good\rbad",
    "backspace": "good\b\b\b\bbad",
    "forged line": "a.mp4\nDone. Nothing failed.",
    "other line breaks": "a\x0bb\x0cc\x85d\u2028e\u2029f",
    "right-to-left override": "video\u202e4pm.exe",
    "isolates and marks": "\u2066a\u2067b\u2068c\u2069\u200e\u200f\u061c\u202a\u202b\u202d\u202c",
    "invisible": "a\u200bb\u2060c\ufeffd\u00ade\U000e0041",
    "null and delete": "a\x00b\x7f",
    "half a surrogate pair": "name\udcff\ud800",
    "unassigned and private": "\uffff\ue000\U0010ffff",
}
DANGEROUS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's categories of what is no character to be seen."""


def is_harmless(text: str) -> bool:
    return not any(unicodedata.category(c) in DANGEROUS for c in text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_steers_a_terminal_is_made_spaces_and_the_rest_is_kept(text: str) -> None:
    assert not is_harmless(text)
    shown = printable(text)
    assert is_harmless(shown)
    assert len(shown) == len(text)
    assert all(b == (a if is_harmless(a) else " ") for a, b in zip(text, shown, strict=True))


@pytest.mark.parametrize("text", ["a.mp4", "été 日本語 עברית 😀 [x] <y> & \"z\" 'q' \\ %s {0}", ""])
def test_what_can_be_read_is_left_as_it_is(text: str) -> None:
    assert printable(text) == text


@given(st.text())
def test_whatever_the_text_one_harmless_line_is_left(text: str) -> None:
    shown = printable(text)
    assert is_harmless(shown)
    assert shown.splitlines() in ([], [shown])
    assert printable(shown) == shown
    shown.encode("utf-8")  # halves of surrogate pairs would raise


@pytest.mark.parametrize("error", [DeduplicatorError, CallFailed, UnreadableVideo])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_error_carries_what_steers_a_terminal(error: type[Exception], text: str) -> None:
    assert is_harmless(str(error(text)))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", '=HYPERLINK("http://evil")']
)
def test_a_cell_that_a_spreadsheet_would_compute_is_made_text(text: str) -> None:
    assert as_cell(text) == "'" + printable(text)


@given(st.text())
def test_a_cell_stays_one_cell_of_one_line(text: str) -> None:
    file = io.StringIO()
    csv.writer(file).writerow([as_cell(text), "next"])
    assert len(file.getvalue().splitlines()) == 1
    assert list(csv.reader([file.getvalue()])) == [[as_cell(text), "next"]]


def test_an_ordinary_cell_is_left_as_it_is() -> None:
    assert as_cell("a.mp4, the first") == "a.mp4, the first"


def output_of(*arguments: str) -> str:
    """What the program prints, workers too, as a terminal is given it."""
    command = [sys.executable, "-m", "hydrus_video_deduplicator", *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    return (done.stdout + done.stderr).decode("utf-8")


def steers_a_terminal(output: str) -> bool:
    return any(not is_harmless(line) for line in output.split("\n"))


NAMES = [text.replace("/", "").replace("\0", "") for text in HOSTILE.values()]


@pytest.mark.skipif(os.name != "posix", reason="Windows forbids such names")
def test_no_name_of_a_file_steers_the_terminal(samples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "videos"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        path = os.fsencode(folder) + b"/" + name.encode("utf-8", "surrogatepass") + b".webm"
        with open(path, "wb") as file:
            file.write(b"broken" if number % 2 else min(samples.iterdir()).read_bytes() + b"\0")
    (folder / "good.mkv").write_bytes(min(samples.iterdir()).read_bytes())
    for more in ([], ["--json"], ["--debug"]):
        output = output_of("--folder", str(folder), "--data-dir", str(tmp_path / "data"), *more)
        assert "videos found" in output
        assert not steers_a_terminal(output)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--tag-service", "no such"],
        ["--file-service", "no such"],
        ["--query", "system:\x1b[2J\u202e"],
        ["--query", "system:\x1b[2J\u202e", "--debug"],
    ],
    ids=["tag services", "file services", "error text", "traceback"],
)
def test_nothing_that_hydrus_says_steers_the_terminal(arguments: list[str]) -> None:
    with FakeHydrus() as hydrus:
        for number, name in enumerate(HOSTILE.values()):
            text = name.encode("utf-8", "replace").decode()
            hydrus.add_service(text, 5, f"{number:04x}")
            hydrus.add_service(text, 2, f"{number + 256:04x}")
        output = output_of("--api-url", hydrus.url, "--api-key", hydrus.key, *arguments)
    assert "error: " in output
    assert not steers_a_terminal(output)
