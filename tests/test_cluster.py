"""Hashing on the workers of a Dask scheduler: real ones, in processes of this machine."""

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sources
from fake_hydrus import SEARCH, FakeHydrus
from pools import pair
from runs import pair_names, run_on
from test_runs import PAIRS

from hydrus_video_deduplicator.cli import main
from hydrus_video_deduplicator.errors import ClusterUnusable, UnreadableVideo
from hydrus_video_deduplicator.stages import cluster
from hydrus_video_deduplicator.stages.cluster import Cluster
from hydrus_video_deduplicator.stages.workers import Crew

pytest.importorskip("distributed")

PATIENT = 60.0
SETTINGS = {
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
}

Capsys = pytest.CaptureFixture[str]


def start(*arguments: str) -> "subprocess.Popen[bytes]":
    """A part of Dask, in a process of its own that knows the files of the tests."""
    paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, **SETTINGS, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-m", "dask", *arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers."""
    folder = tmp_path_factory.mktemp("dask")
    workers = ["--nworkers", "2", "--nthreads", "1", "--local-directory", str(folder)]
    with ExitStack() as stack:
        for part in (["scheduler", "--port", "0"], ["worker", *workers]):
            process = start(*part, "--host", "127.0.0.1", *_noted_in(folder))
            stack.enter_context(process)
            stack.callback(process.terminate)
        with Cluster(_address_in(folder)) as pool:
            while pool.slots() < 2:
                time.sleep(0.1)
        yield _address_in(folder)


def _noted_in(folder: Path) -> list[str]:
    return ["--no-dashboard", "--scheduler-file", str(folder / "scheduler.json")]


def _address_in(folder: Path) -> str:
    """Where a scheduler says that it is, as soon as it does."""
    note = folder / "scheduler.json"
    while not note.exists():
        time.sleep(0.1)
    address: str = json.loads(note.read_text())["address"]
    return address


@pytest.fixture
def pool(scheduler: str) -> Iterator[Cluster]:
    with Cluster(scheduler) as opened:
        yield opened


def test_a_run_hashes_on_the_cluster_and_posts_every_pair(
    scheduler: str, hydrus: FakeHydrus, capsys: Capsys
) -> None:
    ended = run_on(hydrus, capsys, "--scheduler", scheduler)
    assert ended.code == 0
    assert ended.summary["hashed"] == 7
    assert pair_names(hydrus) == PAIRS


def test_workers_without_the_files_read_them_over_http(
    scheduler: str, samples: Path, capsys: Capsys
) -> None:
    with FakeHydrus(sorted(samples.iterdir()), permissions=[SEARCH, 2]) as hydrus:
        assert run_on(hydrus, capsys, "hash", "--scheduler", scheduler).summary["hashed"] == 7
        assert "/get_files/file" in hydrus.calls


def test_each_worker_counts(pool: Cluster) -> None:
    assert pool.slots() == 2


def test_a_file_that_kills_its_worker_is_lost_alone(pool: Cluster, tmp_path: Path) -> None:
    good = sources.kept(tmp_path)
    work = [("bad", sources.Crashing()), *((str(number), good) for number in range(12))]
    done = dict(Crew(pool, PATIENT).work_through(sources.read, work, pair))
    assert isinstance(done.pop("bad"), UnreadableVideo)
    assert done == {str(number): sources.BYTES for number in range(12)}


def test_a_file_that_takes_too_long_is_given_up(pool: Cluster) -> None:
    work = [("bad", sources.Hanging())]
    ((_, outcome),) = Crew(pool, 0.5).work_through(sources.read, work, pair)
    assert "longer than 0.5 seconds" in str(outcome)


def test_a_worker_with_other_algorithms_ends_the_run(
    pool: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ALGORITHMS", ("newer", "newer"))
    with pytest.raises(ClusterUnusable, match="does not have this version"):
        list(Crew(pool, PATIENT).work_through(sources.read, [("a", sources.kept(tmp_path))], pair))


def test_a_worker_that_lacks_the_program_ends_the_run(
    pool: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("def task(source): return 1")
    monkeypatch.syspath_prepend(tmp_path)
    task = importlib.import_module("only_here").task
    with pytest.raises(ClusterUnusable, match=r"pip install .+\[cluster\]"):
        list(Crew(pool, PATIENT).work_through(task, [("a", sources.Ready())], pair))


def test_a_scheduler_that_goes_away_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1.0)
    monkeypatch.setattr(cluster, "COUNT_SECONDS", 0.0)
    where = ["--host", "127.0.0.1", "--port", "0", *_noted_in(tmp_path)]
    with start("scheduler", *where) as process, Cluster(_address_in(tmp_path)) as pool:
        crew = Crew(pool, PATIENT)
        waiting = crew.submit(pool.executor(), sources.read, sources.Ready())
        process.kill()
        outcome = crew.outcome(waiting)
        assert isinstance(outcome, ClusterUnusable)
        assert "gone away" in str(outcome)
        with pytest.raises(ClusterUnusable, match="gone away"):
            next(crew.work_through(sources.read, [("a", sources.Ready())], pair))


def test_10_when_no_scheduler_answers(
    hydrus: FakeHydrus, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    code = main(["--api-url", hydrus.url, "--api-key", hydrus.key, "--scheduler", "tcp://[::1]:9"])
    err = capsys.readouterr().err
    assert code == 10
    assert "No Dask scheduler answers at tcp://[::1]:9" in err
    assert hydrus.key not in err


def test_10_when_the_address_is_none(samples: Path, capsys: Capsys) -> None:
    assert main(["--folder", str(samples), "--scheduler", "nonsense://x"]) == 10
    assert "tcp://host:8786" in capsys.readouterr().err


def test_2_when_the_extra_is_missing(
    samples: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["--folder", str(samples), "--scheduler", "tcp://localhost:8786"]) == 2
    assert 'pip install ".[cluster]"' in capsys.readouterr().err


def test_2_when_readers_are_to_be_counted_on_other_machines(samples: Path, capsys: Capsys) -> None:
    arguments = ["--scheduler", "tcp://localhost:8786", "--readers", "2"]
    assert main(["--folder", str(samples), *arguments]) == 2
    assert "--readers" in capsys.readouterr().err
