"""Only the owner can read what the program writes, however open the user's umask is."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_hydrus import KEY, FakeHydrus

from hydrus_video_deduplicator.cli import main
from hydrus_video_deduplicator.cli.dotenv_file import save_dotenv
from hydrus_video_deduplicator.cli.owner_only import owner_only
from hydrus_video_deduplicator.store import Store, run_lock

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has access lists, not modes")


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """The mode of a folder and of everything in it, by name."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}


def test_the_data_directory_and_what_is_in_it(tmp_path: Path) -> None:
    assert main(["--folder", str(tmp_path)]) == 0
    found = modes(tmp_path / "data")
    assert found.pop("data") == 0o700
    assert found == dict.fromkeys(found, 0o600)
    assert {"store.sqlite3", "lock.sqlite3"} <= set(found)


def test_the_files_that_sqlite_makes_beside_the_store_while_it_is_open(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    with owner_only(), run_lock(folder), Store.open(folder) as store:
        store.failures.add("ab", "x", "reason")
        found = modes(folder)
    assert {"store.sqlite3-wal", "store.sqlite3-shm"} <= set(found)
    assert {mode for name, mode in found.items() if name != "open"} == {0o600}


def test_a_store_that_was_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    assert main(["--folder", str(tmp_path)]) == 0
    store = tmp_path / "data" / "store.sqlite3"
    store.chmod(0o644)
    assert main(["--folder", str(tmp_path)]) == 0
    assert stat.S_IMODE(store.stat().st_mode) == 0o600


def test_other_files_and_the_mode_of_a_folder_that_was_there_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    other = tmp_path / "data" / "notes.txt"
    other.touch(mode=0o644)
    assert main(["--folder", str(tmp_path)]) == 0
    assert modes(tmp_path / "data")["data"] == 0o755
    assert stat.S_IMODE(other.stat().st_mode) == 0o644


def test_a_corrupt_store_that_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "store.sqlite3").write_bytes(b"no database" * 1000)
    assert main(["--folder", str(tmp_path)]) == 0
    (aside,) = (tmp_path / "data").glob("corrupt-*")
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600


def test_what_stdout_is_sent_to_is_the_business_of_the_shell(tmp_path: Path) -> None:
    """The umask of the shell, and of a program that calls `main`, is as it was."""
    assert main(["--folder", str(tmp_path)]) == 0
    assert os.umask(0) == 0


@pytest.mark.parametrize("before", [None, 0o644, 0o666])
def test_the_dotenv_that_a_key_is_saved_in(tmp_path: Path, before: int | None) -> None:
    path = tmp_path / ".env"
    if before is not None:
        path.write_text("HVD_JOBS=1\n")
        path.chmod(before)
    save_dotenv(path, {"HYDRUS_API_KEY": KEY})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KEY in path.read_text()
    assert ("HVD_JOBS=1\n" in path.read_text()) == (before is not None)


def test_a_key_is_not_written_through_a_link(tmp_path: Path) -> None:
    """Whoever could put a link into the folder would get the key in a file of theirs."""
    theirs = tmp_path / "theirs"
    theirs.touch(mode=0o666)
    (tmp_path / ".env").symlink_to(theirs)
    save_dotenv(tmp_path / ".env", {"HYDRUS_API_KEY": KEY})
    assert theirs.read_text() == ""
    assert not (tmp_path / ".env").is_symlink()


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, True), (0o604, True)])
def test_a_dotenv_whose_key_others_can_read_is_warned_of(
    tmp_path: Path, mode: int, warned: bool
) -> None:
    dotenv = tmp_path / ".env"
    with FakeHydrus() as hydrus:
        dotenv.write_text(f"HYDRUS_API_KEY={KEY}\nHYDRUS_API_URL={hydrus.url}\n")
        dotenv.chmod(mode)
        run = subprocess.run(
            [sys.executable, "-m", "hydrus_video_deduplicator"],
            capture_output=True,
            text=True,
            check=True,
        )
    assert ("chmod 600" in run.stderr) == warned
    assert KEY not in run.stdout + run.stderr
