"""What is needed only by some: how to install it."""

import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

DISTRIBUTION = "hydrus-video-duplicates"
"""The name under which the program is published on PyPI."""


def how_to_install(extra: str) -> str:
    """The command, for the way in which the program was installed: by pip or pipx, from where."""
    command = "pipx install --force" if "pipx" in Path(sys.prefix).parts else "pip install"
    if _is_from_an_index():
        return f'{command} "{DISTRIBUTION}[{extra}]"'
    return f'{command} ".[{extra}]", in a copy of the repository'


def _is_from_an_index() -> bool:
    """Whether it came from PyPI or the like: pip notes where else a package came from."""
    try:
        return distribution(DISTRIBUTION).read_text("direct_url.json") is None
    except PackageNotFoundError:
        return False
