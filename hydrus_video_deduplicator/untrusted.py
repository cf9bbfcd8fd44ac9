"""Text that others wrote: names, tags, addresses and error texts of Hydrus, names of files.

Anyone who can name a file could write to the user's terminal, so such text is shown only in these
ways. Applying `printable` twice does no harm.

| shown in | way |
|---|---|
| a line of a terminal or a log | `printable(text)` |
| what rich prints | `rich.text.Text(printable(text))`: it would read a `str` as markup |
| HTML | a template that escapes by itself (Jinja's `autoescape`), given `printable(text)` |
| a cell of CSV | `as_cell(text)` |
| JSON | `json.dumps` as it is: it escapes all that is not ASCII |

An address is shown as text; it is made a link only if we wrote its start.
"""

FORMULA_STARTS = ("=", "+", "-", "@")
"""A spreadsheet computes a CSV cell that starts with one of these."""


def printable(text: str) -> str:
    """`text` as one line of visible characters: each of the others becomes a space.

    The others are control characters (line breaks, the start of a terminal's escape sequence), the
    invisible ones that reverse or hide what is next to them (Unicode's bidirectional controls),
    halves of surrogate pairs, and code points that mean nothing.
    """
    return "".join(c if c.isprintable() else " " for c in text)


def as_cell(text: str) -> str:
    """`text` as a CSV cell that a spreadsheet shows and does not compute.

    The module `csv` handles quotes and commas.
    """
    shown = printable(text)
    return f"'{shown}" if shown.lstrip().startswith(FORMULA_STARTS) else shown
