"""How amounts are put into words, on the terminal and in a report alike."""


def plural(count: int, noun: str) -> str:
    """The noun as it stands after the count."""
    return noun if count == 1 else f"{noun}s"


def counted(count: int, noun: str) -> str:
    """Such as `1 file` and `2,000 files`."""
    return f"{count:,} {plural(count, noun)}"
