"""The exit code of every way in which a run can end, and what it says then."""

import re
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_hydrus import EDIT_RELATIONSHIPS, EDIT_TAGS, SEARCH, FakeHydrus

from hydrus_video_deduplicator import errors
from hydrus_video_deduplicator.cli import INTERRUPTED, main
from hydrus_video_deduplicator.cli.terminating import TERMINATED
from hydrus_video_deduplicator.store import run_lock

README = Path(__file__).parent.parent / "README.md"

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def empty() -> Iterator[FakeHydrus]:
    """A client without files: what a run does before it finds any."""
    with FakeHydrus() as hydrus:
        yield hydrus


def code_and_error(capsys: Capsys, hydrus: FakeHydrus, *arguments: str) -> tuple[int, str]:
    code = main(["--api-url", hydrus.url, "--api-key", hydrus.key, *arguments])
    err = capsys.readouterr().err
    assert hydrus.key not in err
    return code, err


def test_0_when_all_is_done(empty: FakeHydrus, capsys: Capsys) -> None:
    assert code_and_error(capsys, empty)[0] == 0


def test_2_when_the_command_line_cannot_be_read() -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--no-such-option"])
    assert exit_.value.code == 2


def test_an_api_key_in_a_mistyped_option_is_not_repeated(capsys: Capsys) -> None:
    key = "0123456789abcdef" * 4
    with pytest.raises(SystemExit):
        main([f"--api-kye={key}"])
    err = capsys.readouterr().err
    assert "--api-kye" in err
    assert key[:16] not in err


def test_2_when_a_setting_cannot_be_used(capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HVD_THRESHOLD", "sloppy")
    assert main([]) == 2
    assert "HVD_THRESHOLD" in capsys.readouterr().err


def test_2_when_the_folder_is_none(capsys: Capsys) -> None:
    assert main(["--folder", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_3_when_nothing_answers_at_the_address(capsys: Capsys) -> None:
    with FakeHydrus() as gone:
        pass
    code, err = code_and_error(capsys, gone)
    assert code == 3
    assert "Is Hydrus running" in err


def test_4_when_no_key_is_given(capsys: Capsys) -> None:
    assert main([]) == 4
    assert "HYDRUS_API_KEY" in capsys.readouterr().err


def test_4_when_the_key_is_refused(empty: FakeHydrus, capsys: Capsys) -> None:
    empty.revoke_key()
    assert code_and_error(capsys, empty)[0] == 4


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        ([SEARCH, EDIT_RELATIONSHIPS], ["edit file tags"]),
        ([SEARCH, EDIT_TAGS], ["edit file relationships"]),
        ([], ["search for and fetch files", "edit file tags", "edit file relationships"]),
    ],
)
def test_5_when_permissions_are_missing_and_each_is_named(
    empty: FakeHydrus, capsys: Capsys, granted: list[int], missing: list[str]
) -> None:
    empty.grant(granted)
    code, err = code_and_error(capsys, empty)
    assert code == 5
    for name in missing:
        assert name in err


def test_permissions_that_a_run_does_not_need_are_not_asked_for(
    empty: FakeHydrus, capsys: Capsys
) -> None:
    empty.grant([SEARCH, EDIT_RELATIONSHIPS])
    assert code_and_error(capsys, empty, "--no-tags")[0] == 0
    empty.grant([SEARCH, EDIT_TAGS])
    assert code_and_error(capsys, empty, "hash")[0] == 0


def test_6_when_hydrus_has_no_such_tag_service_and_those_it_has_are_named(
    empty: FakeHydrus, capsys: Capsys
) -> None:
    code, err = code_and_error(capsys, empty, "--tag-service", "nonsense")
    assert code == 6
    assert "my tags" in err


def test_6_when_hydrus_cannot_read_a_predicate(empty: FakeHydrus, capsys: Capsys) -> None:
    code, err = code_and_error(capsys, empty, "--query", "system:nonsense")
    assert code == 6
    assert "query" in err


def test_6_when_a_release_could_not_put_back_what_a_rollback_removes(
    samples: Path, known: Path, capsys: Capsys
) -> None:
    with FakeHydrus(sorted(samples.iterdir())) as hydrus:
        assert code_and_error(capsys, hydrus)[0] == 0
        hydrus.release = 682
        code, err = code_and_error(capsys, hydrus, "rollback")
        assert hydrus.relations.potential_pairs()
    assert code == 6
    assert "Roll back with a release of Hydrus that fixes it" in err


def test_0_when_such_a_release_holds_nothing_to_take_back(
    samples: Path, known: Path, capsys: Capsys
) -> None:
    with FakeHydrus(sorted(samples.iterdir()), release=682) as hydrus:
        assert code_and_error(capsys, hydrus)[0] == 1  # posted, and not recorded
        assert code_and_error(capsys, hydrus, "rollback")[0] == 0


def test_8_when_another_run_is_at_work(capsys: Capsys, tmp_path: Path, empty: FakeHydrus) -> None:
    (tmp_path / "data").mkdir()
    with run_lock(tmp_path / "data"):
        code, err = code_and_error(capsys, empty)
    assert code == 8
    assert "Another run" in err
    assert code_and_error(capsys, empty)[0] == 0


def test_9_when_the_data_directory_cannot_be_used(capsys: Capsys, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    assert main(["--folder", str(tmp_path)]) == 9


def test_9_when_the_store_was_written_by_a_newer_version(capsys: Capsys, tmp_path: Path) -> None:
    assert main(["--folder", str(tmp_path)]) == 0
    store = sqlite3.connect(tmp_path / "data" / "store.sqlite3")
    store.execute("PRAGMA user_version = 99")
    store.close()
    assert main(["--folder", str(tmp_path)]) == 9
    assert "newer version" in capsys.readouterr().err


def test_11_when_hydrus_does_not_wait_for_the_request_for_a_key(
    empty: FakeHydrus, capsys: Capsys
) -> None:
    code, err = code_and_error(capsys, empty, "request-key")
    assert code == 11
    assert "Hydrus is not waiting for a request" in err
    assert "from api request" in err


def test_130_when_the_user_interrupts(
    empty: FakeHydrus, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hydrus_video_deduplicator.stages.run.hash_and_tag", _interrupt)
    code, err = code_and_error(capsys, empty)
    assert code == INTERRUPTED == 130
    assert "run again to continue" in err


def test_143_when_it_is_told_to_terminate(
    empty: FakeHydrus, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def terminate(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("hydrus_video_deduplicator.stages.run.hash_and_tag", terminate)
    code, err = code_and_error(capsys, empty)
    assert code == TERMINATED == 143
    assert "Ended by SIGTERM. Finished work is kept" in err
    assert signal.getsignal(signal.SIGTERM) == before


def _interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_an_error_shows_its_traceback_only_with_debug(empty: FakeHydrus, capsys: Capsys) -> None:
    empty.revoke_key()
    assert "Traceback" not in code_and_error(capsys, empty)[1]
    assert "Traceback" in code_and_error(capsys, empty, "--debug")[1]


def test_the_readme_explains_every_exit_code() -> None:
    rows = re.findall(r"^\| (\d+) \| .+ \|$", README.read_text(encoding="utf-8"), re.MULTILINE)
    of_errors = {error.exit_code for error in errors.DeduplicatorError.__subclasses__()}
    assert {int(code) for code in rows} == of_errors | {0, 1, INTERRUPTED, TERMINATED}
