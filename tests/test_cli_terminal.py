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
from fake_hydrus import FakeHydrus
from rich.console import Console
from runs import sha256_of

from hydrus_video_deduplicator.cli import main
from hydrus_video_deduplicator.cli.commands import COMMANDS, PROGRAM, SHELLS
from hydrus_video_deduplicator.cli.display import Screen, in_one_line, left_of
from hydrus_video_deduplicator.library import Extent
from hydrus_video_deduplicator.match import THRESHOLDS, Kind
from hydrus_video_deduplicator.settings import FORMATS, Settings, about_of, option_of
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
            ", then comparing",
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
        assert "Hashing" in screen_of(80, encoding=encoding)

    def test_a_log_gets_the_same_in_a_line(self) -> None:
        progress = Progress(STAGES, lambda: 0.0)
        progress.take(events.Begun(Stage.POST, 7))
        assert in_one_line(progress) == "Posting pairs: 0 of 7 pairs."
        assert left_of(progress) == ""


def run_main(folder: Path, *options: str) -> int:
    return main(["--folder", str(folder), *options])


class TestHowMuchIsSaid:
    def test_quiet_says_nothing_when_nothing_is_wrong(self, samples: Path, capsys: Capsys) -> None:
        assert run_main(samples, "--quiet") == 0
        out, err = capsys.readouterr()
        assert err == ""
        assert "first.mp4" in out  # the pairs are the result

    def test_quiet_still_names_what_failed(self, tmp_path: Path, capsys: Capsys) -> None:
        folder = tmp_path / "videos"
        folder.mkdir()
        (folder / "broken.mp4").write_bytes(b"no video")
        assert run_main(folder, "--quiet") == 1
        assert "broken.mp4" in capsys.readouterr().err

    def test_failed_files_can_be_found_in_hydrus(
        self, tmp_path: Path, samples: Path, capsys: Capsys
    ) -> None:
        broken = tmp_path / "broken.mp4"
        broken.write_bytes(b"no video")
        with FakeHydrus([broken, samples / "third.mp4"]) as hydrus:
            access = ["--api-url", hydrus.url, "--api-key", hydrus.key]
            search = f"search there for: system:hash is {sha256_of(hydrus, 'broken.mp4')}\n"
            assert main(access) == 1
            assert search in capsys.readouterr().err
            assert main(["status", *access]) == 0
            assert search in capsys.readouterr().out

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
        assert "cannot be listed" in log.read_text(encoding="utf-8")


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


def shown_help(capsys: Capsys, *arguments: str) -> str:
    with pytest.raises(SystemExit):
        main(arguments)
    return capsys.readouterr().out


NAMED = re.compile(r"--[a-z]+(?:-[a-z]+)*")
ALWAYS_HEEDED = {"--log-file", "--debug"}
IN_HYDRUS = {"--api-key", "--api-url", "--verify-cert", "--insecure"}
OF_WORKERS = {"--jobs", "--readers", "--file-timeout", "--file-memory"}
HEEDED = {
    "check": {"--data-dir", "--query", "--scheduler", *IN_HYDRUS},
    "hash": {"--data-dir", "--query", "--no-tags", "--retry-failed", "--max-time", *OF_WORKERS},
    "search": {"--data-dir", "--by-tag", "--page", "--max-time", "--dry-run", *OF_WORKERS},
    "report": {"--data-dir", "--query", "--threshold", "--limit", *IN_HYDRUS, *OF_WORKERS},
    "review": {"--data-dir", "--allow-delete", "--limit", *IN_HYDRUS, *OF_WORKERS},
    "status": {"--data-dir", "--query", "--threshold", *IN_HYDRUS},
    "explain": {"--data-dir", "--query", "--threshold", *IN_HYDRUS},
    "rollback": {"--data-dir", "--dry-run", *IN_HYDRUS},
    "remove-tags": {"--data-dir", "--dry-run", "--tag-service", *IN_HYDRUS},
    "request-key": {"--page", "--save", *IN_HYDRUS} - {"--api-key"},
}
NOT_HEEDED = {
    "check": {"--by-tag", "--jobs", "--dry-run", "--threshold"},
    "hash": {"--by-tag", "--threshold", "--page", "--output"},
    "search": {"--no-tags", "--retry-failed", "--output", "--limit"},
    "report": {"--by-tag", "--dry-run", "--page", "--max-time", "--no-tags", "--scheduler"},
    "review": {"--by-tag", "--dry-run", "--page", "--output", "--scheduler"},
    "status": {"--by-tag", "--jobs", "--dry-run", "--scheduler"},
    "explain": {"--by-tag", "--jobs", "--dry-run", "--scheduler"},
    "rollback": {"--jobs", "--query", "--threshold", "--max-time"},
    "remove-tags": {"--jobs", "--query", "--threshold", "--max-time"},
    "request-key": {"--api-key", "--data-dir", "--tag-service", "--json"},
    "completion": {"--log-file", "--json"},
}


class TestHelp:
    def test_the_first_page_fits_a_screen_with_the_prompt_and_names_every_command(
        self, capsys: Capsys
    ) -> None:
        lines = shown_help(capsys, "--help").rstrip("\n").splitlines()
        assert len(lines) <= 22
        assert all(len(line) <= 80 for line in lines)
        assert {line.split()[0] for line in lines if line.startswith("  ")} >= COMMANDS.keys()
        assert {"--help-all", "--version"} <= set(NAMED.findall("\n".join(lines)))

    @pytest.mark.parametrize("command", COMMANDS)
    def test_that_of_a_command_fits_too(
        self, command: str, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "80")
        assert len(shown_help(capsys, command, "--help").splitlines()) <= 24

    @pytest.mark.parametrize("command", COMMANDS)
    def test_that_of_a_command_names_the_options_that_it_obeys_and_no_others(
        self, command: str, capsys: Capsys
    ) -> None:
        named = set(NAMED.findall(shown_help(capsys, command, "--help")))
        always = set() if command == "completion" else ALWAYS_HEEDED
        assert named >= HEEDED.get(command, set()) | always
        assert not named & NOT_HEEDED[command]

    @pytest.mark.parametrize("command", COMMANDS)
    def test_each_setting_that_a_command_is_said_to_obey_exists_and_is_said_once(
        self, command: str
    ) -> None:
        about = COMMANDS[command]
        assert {*about.shows, *about.accepts} <= {setting.name for setting in fields(Settings)}
        assert set(about.words) <= set(about.shows)

    def test_no_line_ends_within_the_name_of_an_option(
        self, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for columns in range(60, 100):
            monkeypatch.setenv("COLUMNS", str(columns))
            page = shown_help(capsys, "hash", "--help") + shown_help(capsys, "--help-all")
            assert not re.search(r"\w-\n", page)

    def test_that_of_a_command_has_its_options_in_the_order_in_which_a_user_needs_them(
        self, capsys: Capsys
    ) -> None:
        explained = re.findall(r"^  (?:-h, )?(--\S+)", shown_help(capsys, "review", "--help"), re.M)
        review = ["--limit", "--threshold", "--no-browser", "--no-merge", "--allow-delete"]
        assert explained == [*review, "--help"]
        (first, *_) = re.findall(r"^  (--\S+)", shown_help(capsys, "request-key", "--help"), re.M)
        assert first == "--save"

    @pytest.mark.parametrize("command", COMMANDS)
    def test_that_of_a_command_does_not_say_with_which_command_an_option_goes(
        self, command: str, capsys: Capsys
    ) -> None:
        assert f"with {command}:" not in shown_help(capsys, command, "--help")

    @pytest.mark.parametrize("command", ["rollback", "remove-tags"])
    def test_a_dry_run_of_what_undoes_is_not_said_to_post(
        self, command: str, capsys: Capsys
    ) -> None:
        (said,) = re.findall(r"--dry-run (.*)", shown_help(capsys, command, "--help"))
        assert re.search("it would (take back|remove)", said)

    @pytest.mark.parametrize("before", [[], ["status"]])
    def test_help_all_has_every_command_and_option(self, before: list[str], capsys: Capsys) -> None:
        page = shown_help(capsys, *before, "--help-all")
        ours = {option_of(setting) for setting in fields(Settings)}
        assert ours | {"--help", "--version"} <= set(NAMED.findall(page))
        for command in COMMANDS:
            assert re.search(rf"^  {command}  +\w", page, re.MULTILINE)


def completions(line: str, tmp_path: Path, shell: str) -> dict[str, str]:
    """What the shell is told when Tab is pressed behind `line`: words, with what is said of each.

    In bash nothing is said.
    """
    answer = tmp_path / "answer"
    told = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_SHELL": shell,
        "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }
    look = "from hydrus_video_deduplicator.cli import main; main()"
    subprocess.run([sys.executable, "-c", look], env={**os.environ, **told}, check=True)
    words = [word.partition(":") for word in answer.read_text(encoding="utf-8").split("\n")]
    return {word: said for word, _, said in words}


CHOICES = {setting.name: about_of(setting).choices or {} for setting in fields(Settings)}


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
    def test_prints_what_the_shell_runs(self, shell: str, capsys: Capsys) -> None:
        assert main(["completion", shell]) == 0
        assert PROGRAM in capsys.readouterr().out

    def test_commands_alone_are_offered_until_a_dash_is_typed(self, tmp_path: Path) -> None:
        assert completions(f"{PROGRAM} ", tmp_path, "bash").keys() == COMMANDS.keys()
        assert completions(f"{PROGRAM} completion ", tmp_path, "bash").keys() == SHELLS.keys()

    def test_options_are_offered_behind_a_dash_with_their_help(self, tmp_path: Path) -> None:
        offered = completions(f"{PROGRAM} --", tmp_path, "zsh")
        for setting in fields(Settings):
            assert offered[option_of(setting)] == about_of(setting).help

    def test_a_command_is_offered_the_options_that_it_obeys(self, tmp_path: Path) -> None:
        offered = completions(f"{PROGRAM} rollback --", tmp_path, "zsh")
        assert {*offered} >= HEEDED["rollback"]
        assert not {*offered} & NOT_HEEDED["rollback"]
        assert "take back" in offered["--dry-run"]

    @pytest.mark.parametrize("typed", ["--threshold ", "--threshold=", "search --threshold "])
    def test_values_are_offered_with_what_they_mean(self, typed: str, tmp_path: Path) -> None:
        offered = completions(f"{PROGRAM} {typed}", tmp_path, "zsh")
        prefix = "--threshold=" if typed.endswith("=") else ""
        assert offered == {prefix + name: said for name, said in CHOICES["threshold"].items()}

    def test_the_values_are_all_there_are(self) -> None:
        assert CHOICES["threshold"].keys() == THRESHOLDS.keys()
        assert tuple(CHOICES["format"]) == FORMATS
        assert [*CHOICES["kinds"]] == [kind.value for kind in Kind]


def test_the_command_line_is_read_without_loading_what_hashes() -> None:
    # each press of Tab reads it anew: NumPy and FFmpeg's libraries would double the wait
    look = "import sys, hydrus_video_deduplicator.cli; print({'numpy', 'av'} & set(sys.modules))"
    seen = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "set()"
