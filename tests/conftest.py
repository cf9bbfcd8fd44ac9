"""What the tests of whole runs share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_hydrus import FakeHydrus
from hypothesis import settings

from hydrus_video_deduplicator.samples import make_samples
from hydrus_video_deduplicator.settings import Settings

settings.register_profile("machine speed does not matter", deadline=None)
settings.load_profile("machine speed does not matter")


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample clips."""
    folder = tmp_path_factory.mktemp("samples")
    make_samples(folder)
    return folder


@pytest.fixture
def hydrus(samples: Path) -> Iterator[FakeHydrus]:
    """A Hydrus client that has the sample clips."""
    with FakeHydrus(sorted(samples.iterdir())) as client:
        yield client


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting comes from the machine that the tests run on, and none goes into its folders."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HVD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HVD_JOBS", "1")
