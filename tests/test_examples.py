"""The files in examples/ are what each system's scheduler reads, and start the program correctly.

What only the system itself can tell is tested by hand: see docs/scheduling.md.
"""

import configparser
import plistlib
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from hydrus_video_deduplicator.cli.commands import PROGRAM
from hydrus_video_deduplicator.cli.parser import parse
from hydrus_video_deduplicator.samples import make_samples

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
PAGE = (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
FOLDER = "hydrus-dedup"


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((EXAMPLES / "systemd" / name).read_text(encoding="utf-8"))
    return parser


def crontab_line(text: str) -> str:
    """The command of the only entry of a crontab."""
    (line,) = [line for line in text.splitlines() if line and not line.startswith("#")]
    when, command = line[:9], line[9:].strip()
    assert re.fullmatch(r"[\d*]+ [\d*]+ \* \* \*", when.strip())
    assert "%" not in command, "cron reads it as the end of a line"
    return command


def plist() -> dict[str, object]:
    file = EXAMPLES / "launchd" / f"{PROGRAM}.plist"
    loaded: dict[str, object] = plistlib.loads(file.read_bytes())
    return loaded


def launchd_command() -> str:
    arguments = plist()["ProgramArguments"]
    assert isinstance(arguments, list)
    shell, option, command = arguments
    assert [shell, option] == ["/bin/sh", "-c"]
    return str(command)


def windows_task(name: str) -> str:
    root = ElementTree.fromstring((EXAMPLES / "windows" / "task.xml").read_bytes())
    (element,) = root.iter(TASK + name)
    return str(element.text)


def schtasks_command(page: str) -> str:
    """What the pasted `schtasks` command makes Windows run."""
    (command,) = re.findall(r'schtasks /Create .*/TR "([^"]+)"', page)
    assert len(command) <= 261, "schtasks takes no more"
    return str(command)


def arguments_of_program(command: Sequence[str]) -> list[str]:
    """What of a command line is the program's: from behind its name to a redirection."""
    names = [re.split(r"[/\\]", word)[-1].removesuffix(".exe") for word in command]
    rest = list(command[names.index(PROGRAM) + 1 :])
    return rest[: rest.index(">>")] if ">>" in rest else rest


COMMANDS = {
    "crontab": shlex.split(crontab_line((EXAMPLES / "crontab").read_text(encoding="utf-8"))),
    "systemd": shlex.split(unit(f"{PROGRAM}.service")["Service"]["ExecStart"]),
    "launchd": shlex.split(launchd_command()),
    "windows": windows_task("Arguments").split(),
    "schtasks": schtasks_command(PAGE).split(),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_the_command_line_is_one_that_the_program_reads(command: list[str]) -> None:
    name, _ = parse(arguments_of_program(command))
    assert name == "run"


@pytest.mark.parametrize("name", ["crontab", "launchd", "windows", "schtasks"])
def test_the_run_starts_in_the_folder_with_the_key_and_writes_its_log_there(name: str) -> None:
    text = " ".join(COMMANDS[name])
    assert re.search(rf"cd (/d )?\S*{FOLDER} &&.* >> dedup\.log 2>&1$", text)


def test_the_unit_starts_in_the_folder_with_the_key_and_stops_as_with_ctrl_c() -> None:
    service = unit(f"{PROGRAM}.service")["Service"]
    assert service["WorkingDirectory"] == f"%h/{FOLDER}"
    assert service["KillSignal"] == "SIGINT"
    assert unit(f"{PROGRAM}.timer")["Timer"]["OnCalendar"] == "*-*-* 03:00"


@pytest.mark.parametrize(
    "umask",
    [
        unit(f"{PROGRAM}.service")["Service"]["UMask"],
        re.findall(r"umask (\d+)", crontab_line((EXAMPLES / "crontab").read_text()))[0],
        oct(int(str(plist()["Umask"]))).removeprefix("0o"),
    ],
)
def test_the_log_is_for_its_owner_alone(umask: str) -> None:
    assert int(umask, base=8) == 0o077


def test_windows_neither_starts_a_run_beside_another_nor_ends_a_long_one() -> None:
    assert windows_task("MultipleInstancesPolicy") == "IgnoreNew"
    assert windows_task("ExecutionTimeLimit") == "PT0S"


def test_the_xml_names_no_encoding_since_powershell_hands_it_on_in_another() -> None:
    assert (EXAMPLES / "windows" / "task.xml").read_bytes().startswith(b'<?xml version="1.0"?>\n')


@pytest.mark.parametrize("user", ["Ann", "My Name", "Jürgen"])
def test_on_windows_a_name_of_a_user_with_spaces_breaks_nothing(user: str) -> None:
    """Only `cd`, which needs no quotes, is given the expanded variable."""
    for command in (windows_task("Arguments"), schtasks_command(PAGE)):
        expanded = command.replace("%USERPROFILE%", f"C:\\Users\\{user}")
        assert expanded.count(user) == 1
        assert f"cd /d C:\\Users\\{user}\\{FOLDER} && ..\\.local\\bin" in expanded


def test_the_container_shares_the_network_of_hydrus_and_reads_its_files_without_writing() -> None:
    compose = yaml.safe_load((EXAMPLES / "docker" / "compose.yaml").read_text(encoding="utf-8"))
    dedup = compose["services"]["dedup"]
    assert dedup["network_mode"] == "service:hydrus"
    assert (EXAMPLES / "docker" / dedup["build"]).resolve() == ROOT
    (files,) = compose["services"]["hydrus"]["volumes"]
    assert f"{files}:ro" in dedup["volumes"]
    assert "dedup:/data" in dedup["volumes"]
    assert all(port.startswith("127.0.0.1:") for port in compose["services"]["hydrus"]["ports"])


def test_the_image_runs_as_an_ordinary_user_and_is_given_what_it_copies() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == ["1000"]
    assert f'ENTRYPOINT ["{PROGRAM}"]' in dockerfile
    given = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for name in ("requirements.txt", "hydrus_video_deduplicator", "pyproject.toml", "README.md"):
        assert f"!{name}" in given


def test_the_readme_says_the_same() -> None:
    entry = crontab_line((EXAMPLES / "crontab").read_text(encoding="utf-8"))
    assert entry in README
    assert schtasks_command(README) == schtasks_command(PAGE)


def test_the_samples_have_the_same_bytes_each_time(samples: Path, tmp_path: Path) -> None:
    for made in make_samples(tmp_path):
        assert made.read_bytes() == (samples / made.name).read_bytes()
