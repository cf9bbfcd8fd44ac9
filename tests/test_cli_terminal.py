"""What is seen while the program works: on a terminal, in a log, on consoles that show little."""

import io
import os
import re
import stat
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from rich.console import Console

from hydrus_video_deduplicator.cli import main
from hydrus_video_deduplicator.cli.display import Screen, in_one_line, left_of
from hydrus_video_deduplicator.cli.parser import COMMANDS
from hydrus_video_deduplicator.library import Extent
from hydrus_video_deduplicator.settings import Settings, option_of
from hydrus_video_deduplicator.stages import events
from hydrus_video_deduplicator.stages.events import Stage
from hydrus_video_deduplicator.stages.progress import Progress
from hydrus_video_deduplicator.stages.roster import Roster

Capsys = pytest.CaptureFixture[str]

STAGES = tuple(Stage)
EXTENT = Extent(1_500_000, 60, 300_000)
HOSTILE = "[bold red]x[/] \x1b[31m"


def screen_of(width: int, label: str = "film", encoding: str = "utf-8") -> str:
    """The screen half-way through 20 files, on a terminal."""
    now = 0.0

    def clock() -> float:
        return now

    progress, roster = Progress(STAGES, clock), Roster(clock)
    names = [str(n) for n in range(20)]
    progress.take(events.Begun(Stage.HASH, len(names)))
    progress.take(events.Measured(dict.fromkeys(names, EXTENT)))
    for name in names[:10]:
        now += 10
        progress.take(events.Hashed(name, "0" * 16))
    for name in names[10:]:
        roster.add(name, name, 2)
    out = io.TextIOWrapper(io.BytesIO(), encoding, errors="strict", write_through=True)
    console = Console(file=out, force_terminal=True, width=width, height=24, no_color=True)
    console.print(Screen(progress, roster, lambda _: label, clock))
    return out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]


class TestTheScreen:
    @pytest.mark.parametrize("width", [80, 120])
    def test_tells_the_stage_the_share_the_amounts_the_time_left_and_each_worker(
        self, width: int
    ) -> None:
        text = screen_of(width)
        for said in (
            "Stage 2 of 5: hashing",
            "50%",
            "about 2 min left",
            "10 of 20 files, 10 of 20 min of video, 0.1 files/s, 0 failed",
            "worker 1  film  1.5 MB  1:00",
            "worker 2  film",
        ):
            assert said in text
        assert all(len(line) <= width for line in text.splitlines())

    def test_a_name_is_never_markup_nor_an_escape(self) -> None:
        text = screen_of(120, HOSTILE)
        assert "[bold red]x[/]" in text
        assert "\x1b[31m" not in text

    @pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
    def test_it_is_drawn_in_the_characters_that_the_console_has(self, encoding: str) -> None:
        assert "hashing" in screen_of(80, encoding=encoding)

    def test_a_log_gets_the_same_in_a_line(self) -> None:
        progress = Progress(STAGES, lambda: 0.0)
        progress.take(events.Begun(Stage.POST, 7))
        assert in_one_line(progress) == "5 of 5: posting pairs, 0 of 7 pairs."
        assert left_of(progress) == ""


def run_main(folder: Path, *options: str) -> int:
    return main(["--folder", str(folder), *options])


class TestHowMuchIsSaid:
    def test_quiet_says_nothing_when_nothing_is_wrong(self, samples: Path, capsys: Capsys) -> None:
        assert run_main(samples, "--quiet") == 0
        assert capsys.readouterr().err == ""

    def test_quiet_still_names_what_failed(self, tmp_path: Path, capsys: Capsys) -> None:
        folder = tmp_path / "videos"
        folder.mkdir()
        (folder / "broken.mp4").write_bytes(b"no video")
        assert run_main(folder, "--quiet") == 1
        assert "broken.mp4" in capsys.readouterr().err

    def test_verbose_names_each_file_and_the_log_file_too(
        self, samples: Path, capsys: Capsys, tmp_path: Path
    ) -> None:
        log = tmp_path / "Unicode ünd spaces.log"
        assert run_main(samples, "--verbose", "--log-file", str(log)) == 0
        err, logged = capsys.readouterr().err, log.read_text(encoding="utf-8")
        for name in (path.name for path in samples.iterdir()):
            assert f"hashed: {name}" in err
            assert f"hashed: {name}" in logged
        if os.name == "posix":
            assert stat.S_IMODE(log.stat().st_mode) == 0o600

    def test_the_log_file_has_the_error_that_ended_the_run(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        assert run_main(tmp_path / "none", "--log-file", str(log)) == 2
        assert "is not a folder" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_a_console_of_any_encoding_gets_every_name(tmp_path: Path, encoding: str) -> None:
    """Folders with spaces and names in Unicode too: the workers are started afresh (spawn)."""
    folder = tmp_path / "vidéos ビデオ"
    folder.mkdir()
    (folder / "ビデオ →.mp4").write_bytes(b"no video")
    command = [sys.executable, "-m", "hydrus_video_deduplicator", "--folder", str(folder)]
    ended = subprocess.run(
        command,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 1
    said = ended.stderr.decode(encoding)
    assert "Traceback" not in said
    assert ("ビデオ →.mp4" if encoding == "utf-8" else r"\u30d3\u30c7\u30aa ->.mp4") in said


def test_output_that_nobody_reads_to_the_end_is_no_error() -> None:
    """As with `| head`: the pipe is closed before the first line comes."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "hydrus_video_deduplicator", "completion", "bash"]
    with open(writer, "w") as closed:
        ended = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (141, b"")


class TestHelp:
    def test_the_first_page_fits_a_screen_and_names_every_command(self, capsys: Capsys) -> None:
        with pytest.raises(SystemExit):
            main(["--help"])
        lines = capsys.readouterr().out.rstrip("\n").splitlines()
        assert len(lines) <= 24
        assert all(len(line) <= 80 for line in lines)
        assert {line.split()[0] for line in lines if line.startswith("  ")} >= COMMANDS.keys()

    @pytest.mark.parametrize("command", COMMANDS)
    def test_that_of_a_command_fits_too(
        self, command: str, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert len(capsys.readouterr().out.splitlines()) <= 24

    def test_help_all_has_every_option(self, capsys: Capsys) -> None:
        with pytest.raises(SystemExit):
            main(["--help-all"])
        shown = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
        assert {option_of(setting) for setting in fields(Settings)} <= shown


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_prints_what_the_shell_runs(shell: str, capsys: Capsys) -> None:
    assert main(["completion", shell]) == 0
    assert "hydrus-video-deduplicator" in capsys.readouterr().out


def test_the_command_line_is_read_without_loading_what_hashes() -> None:
    # each press of Tab reads it anew: NumPy and FFmpeg's libraries would double the wait
    look = "import sys, hydrus_video_deduplicator.cli; print({'numpy', 'av'} & set(sys.modules))"
    seen = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "set()"
