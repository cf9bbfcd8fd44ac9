"""What the tests of whole runs share."""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fake_hydrus import FakeHydrus
from hypothesis import settings
from pools import Threads

from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.match import THRESHOLDS, Kind
from hydrus_video_deduplicator.samples import make_samples
from hydrus_video_deduplicator.settings import variables
from hydrus_video_deduplicator.stages.job import Job
from hydrus_video_deduplicator.stages.run import run
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

settings.register_profile("machine speed does not matter", deadline=None)
settings.load_profile("machine speed does not matter")


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample clips."""
    folder = tmp_path_factory.mktemp("samples")
    make_samples(folder)
    return folder


@pytest.fixture(scope="session")
def compared(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory in which the sample clips are hashed and compared."""
    folder = tmp_path_factory.mktemp("compared")
    with Store.open(folder) as store, ThreadPoolExecutor(1) as executor:
        crew = Crew(Threads(executor), time_limit=60)
        for _ in run(
            Job(THRESHOLDS["loose"], frozenset(Kind)), FolderLibrary(samples), store, crew
        ):
            pass
    return folder


@pytest.fixture
def known(compared: Path, tmp_path: Path) -> Path:
    """The data directory of this test knows the sample clips, so that nothing is hashed."""
    return Path(shutil.copytree(compared, tmp_path / "data"))


@pytest.fixture
def hydrus(samples: Path) -> Iterator[FakeHydrus]:
    """A Hydrus client that has the sample clips."""
    with FakeHydrus(sorted(samples.iterdir())) as client:
        yield client


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting comes from the machine that the tests run on, and none goes into its folders."""
    monkeypatch.chdir(tmp_path)
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HVD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HVD_JOBS", "1")


@pytest.fixture
def forbidden(monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    """Files and folders that the system refuses, as it would if the tests did not run as root."""
    paths: set[Path] = set()
    really_open, really_list = Path.open, os.scandir

    def refuse(path: Path) -> None:
        if path in paths:
            raise PermissionError(13, "Permission denied", str(path))

    def open_(path: Path, *args: Any, **more: Any) -> Any:
        refuse(path)
        return really_open(path, *args, **more)

    def list_(path: Any) -> Any:
        if isinstance(path, str | Path):  # and no open folder, as where a folder is removed
            refuse(Path(path))
        return really_list(path)

    monkeypatch.setattr(Path, "open", open_)
    monkeypatch.setattr(os, "scandir", list_)
    return paths
