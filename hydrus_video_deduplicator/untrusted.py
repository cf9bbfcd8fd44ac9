"""Text that others wrote: names, tags, addresses and error texts of Hydrus, names of files.

Whoever can name a file can write to the user's terminal, unless such text takes one of these ways
to it. They are applied where it is shown; to apply `printable` twice does no harm.

| shown in | way |
|---|---|
| a line of a terminal or a log | `printable(text)` |
| whatever rich makes | `rich.text.Text(printable(text))`: it would read a `str` as markup |
| HTML | a template that escapes by itself (Jinja's `autoescape`), given `printable(text)` |
| a cell of CSV | `as_cell(text)` |
| JSON | `json.dumps` as it is: it escapes all that is not ASCII |

An address is shown as text; it is made a link only if we wrote its start.
"""

FORMULA_STARTS = ("=", "+", "-", "@")
"""A cell of CSV that starts so is computed by a spreadsheet."""


def printable(text: str) -> str:
    """`text` as one line that only shows characters: each of the others is made a space.

    The others are control characters (line breaks, the start of a terminal's escape sequence), the
    invisible ones that reverse or hide what stands beside them (Unicode's bidirectional controls),
    halves of surrogate pairs, and code points that mean nothing.
    """
    return "".join(c if c.isprintable() else " " for c in text)


def as_cell(text: str) -> str:
    """`text` as a cell of CSV that a spreadsheet shows and does not compute.

    Quotes and commas are the business of the module `csv`.
    """
    shown = printable(text)
    return f"'{shown}" if shown.lstrip().startswith(FORMULA_STARTS) else shown
