"""The page on what goes wrong quotes the messages that the program really has."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")

OF_HYDRUS = (
    "The client does not have this file",
    "That file seems to be missing",
)
"""Messages that are passed on."""

FILLED_IN = re.compile(r" ?…\.? ?|\b[0N]\b")
"""What stands in a quotation for that which differs."""


def quoted() -> list[str]:
    """What the first columns of the tables have in italics, without what is filled in."""
    cells = re.findall(r"^\| ([^|]+) \|", PAGE, re.MULTILINE)
    quotations = [text for cell in cells for text in re.findall(r"\*([^*]+)\*", cell)]
    pieces = [piece.strip() for text in quotations for piece in FILLED_IN.split(text)]
    return [piece for piece in pieces if piece]


def messages() -> str:
    """All strings of the program, one a line."""
    trees = (
        ast.parse(file.read_text(encoding="utf-8"))
        for file in (ROOT / "hydrus_video_deduplicator").rglob("*.py")
    )
    constants = (
        node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)
    )
    return "\n".join(node.value for node in constants if isinstance(node.value, str))


MESSAGES = messages()


def test_there_are_quotations_to_look_at() -> None:
    assert len(quoted()) >= 20


@pytest.mark.parametrize("text", quoted())
def test_a_quoted_message_is_one_that_the_program_has(text: str) -> None:
    assert text in MESSAGES or text in OF_HYDRUS
