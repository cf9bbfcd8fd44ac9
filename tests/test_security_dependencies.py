"""The dependencies: ranges for users, one locked set for development, and an audit."""

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def name_of(requirement: str) -> str:
    """The normal form of a requirement's name."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match is not None
    return re.sub(r"[-_.]+", "-", match[0]).lower()


@pytest.fixture
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("requirement", PROJECT["project"]["dependencies"])
def test_a_user_gets_any_release_of_a_range(requirement: str) -> None:
    assert re.fullmatch(r"[\w.-]+>=[\d.]+,<\d+", requirement)


@pytest.mark.parametrize(
    ("name", "extras"), [("requirements-dev.txt", ["dev", "docs"]), ("requirements.txt", [])]
)
def test_every_package_is_locked_with_its_hashes(name: str, extras: list[str]) -> None:
    """If not: `.ci/lock` brings the lock files in step with pyproject.toml."""
    wanted = list(PROJECT["project"]["dependencies"])
    for extra in extras:
        wanted += PROJECT["project"]["optional-dependencies"][extra]
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8"))
    locked = [entry for entry in entries if not entry.startswith("#")]
    assert set(map(name_of, wanted)) <= set(map(name_of, locked))
    assert all(re.match(r"\S+==\S+ .*--hash=sha256:", entry, re.DOTALL) for entry in locked)


def of_package(version: str, **more: object) -> dict[str, object]:
    return {"name": "requests", "version": version} | more


FLAW = {"id": "PYSEC-2018-28", "fix_versions": ["2.20.0"], "aliases": [], "description": "…"}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([of_package("2.34.2", vulns=[])], 0, "1 of 1 packages audited"),
        ([of_package("2.19.0", vulns=[FLAW])], 1, "requests 2.19.0: PYSEC-2018-28, fixed in 2.20"),
        ([of_package("1", vulns=[FLAW | {"fix_versions": []}])], 1, "fixed in no release yet"),
        ([of_package("1", skip_reason="not found"), of_package("2", vulns=[FLAW])], 1, "Known"),
        ([of_package("1", skip_reason="not found"), of_package("2", vulns=[])], 0, "1 of 2"),
        ([{"name": "requests", "skip_reason": "not found on PyPI"}], 0, "NOT AUDITED"),
    ],
)
def test_the_audit_fails_for_a_known_vulnerability_and_never_passes_for_one_in_silence(
    audit: ModuleType, packages: list[dict[str, object]], code: int, said: str
) -> None:
    got, text = audit.verdict({"dependencies": packages, "fixes": []})
    assert got == code
    assert said in text
