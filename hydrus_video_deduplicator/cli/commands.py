"""Every command, once, with its help and the settings that it obeys.

To add one: an entry in `COMMANDS`, and a branch in `cli` that runs it.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field

PROGRAM = "hydrus-video-deduplicator"

RUN = "run"
"""What the program does without a command: `hash`, then `search`."""

SHELLS = {
    "bash": "append it to ~/.bashrc",
    "zsh": "append it to ~/.zshrc",
    "fish": "write it to a file in ~/.config/fish/completions",
    "powershell": "append it to $PROFILE",
}


@dataclass(frozen=True)
class Argument:
    """An argument of a command. choices: its possible values, each with a short description."""

    help: str
    choices: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Command:
    """A command and the settings that it obeys.

    shows: settings that its help explains, in this order. accepts: those that it only names.
    words: its own help for a setting that does something else here.
    arguments: by name. flags: options that only it has, with their help.
    """

    what: str
    shows: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)

    def place_of(self, setting: str) -> int:
        """Where its help explains a setting; the other settings come last."""
        return self.shows.index(setting) if setting in self.shows else len(self.shows)

    def help_of(self, setting: str, usual: str, *, completing: bool) -> str:
        """The help of a setting; the shell also gets that of settings which the help only names."""
        told = self.shows + self.accepts if completing else self.shows
        return self.words.get(setting, usual) if setting in told else argparse.SUPPRESS


ACCESS = ("api_key", "api_url", "verify_cert", "insecure")
FILES = ("tag_service", "file_service", "query", "folder")
LOOK = ("json", "log_file", "debug")
"""Settings of the commands that only show what they were asked for."""
TALK = (*LOOK, "quiet", "verbose")
WORK = ("jobs", "readers", "file_timeout", "file_memory")
BESIDE = ("popup", "when_idle")

COMMANDS = {
    "request-key": Command(
        "get a key from Hydrus with only the permissions needed",
        ("api_url", "page", "popup"),
        ("verify_cert", "insecure", "quiet", "log_file", "debug"),
        {
            "page": "also ask for the permission to manage pages, which --page needs",
            "popup": "also ask for the permission to manage popups, which --popup needs",
        },
        flags={"--save": "save the key in .env in the current folder, readable only by you"},
    ),
    "check": Command(
        "test everything that a run needs; change nothing",
        accepts=(*ACCESS, *FILES, "scheduler", "data_dir", *LOOK),
    ),
    "hash": Command(
        "only hash files and tag them",
        ("dry_run", "max_time", "retry_failed", "no_tags", "tag_service", "jobs"),
        (*ACCESS, *FILES, *BESIDE, *WORK, "scheduler", "data_dir", *TALK),
    ),
    "search": Command(
        "only compare the hashed files and post the pairs",
        ("threshold", "kinds", "page", "by_tag"),
        (*ACCESS, *FILES, "dry_run", "max_time", *BESIDE, *WORK, "scheduler", "data_dir", *TALK),
    ),
    "report": Command(
        "write the pairs as a page with pictures for a browser",
        ("output", "format", "limit", "threshold", "kinds"),
        (*ACCESS, *FILES, *WORK, "data_dir", "quiet", *LOOK),
        {"limit": "put at most this many pairs in it, the most similar first (default: 500)"},
    ),
    "review": Command(
        "judge the pairs in the browser, both videos playing in sync",
        ("limit", "threshold", "no_browser", "no_merge", "allow_delete"),
        (*ACCESS, *FILES, "kinds", *WORK, "data_dir", "quiet", *LOOK),
        {"limit": "show at most this many pairs, the most similar first (default: 500)"},
    ),
    "status": Command(
        "show the progress, what failed and what is waiting",
        accepts=(*ACCESS, *FILES, "threshold", "kinds", "data_dir", *LOOK),
    ),
    "explain": Command(
        "say why a pair was or was not posted",
        ("folder",),
        (*ACCESS, *FILES, "threshold", "kinds", "data_dir", *LOOK),
        {"folder": "for files outside Hydrus: the folder that was compared"},
        arguments={
            "FILE_A": Argument("a hash (at least its first 8 digits), a Hydrus file id, or a path"),
            "FILE_B": Argument("the other file, given in the same way"),
        },
    ),
    "rollback": Command(
        "take back the pairs that this program posted, and no others",
        ("dry_run",),
        (*ACCESS, "tag_service", "data_dir", *TALK),
        {"dry_run": "show which pairs it would take back; change nothing in Hydrus"},
    ),
    "remove-tags": Command(
        "remove the perceptual-hash tags that this program wrote",
        ("dry_run", "tag_service"),
        (*ACCESS, "data_dir", *TALK),
        {
            "dry_run": "show which tags it would remove; change nothing in Hydrus",
            "tag_service": "local tag service to remove the tags from (default: my tags)",
        },
    ),
    "completion": Command(
        "print a script that lets your shell complete commands",
        arguments={"SHELL": Argument(f"one of {', '.join(SHELLS)}", SHELLS)},
    ),
}


def obeyed_by(command: str) -> frozenset[str]:
    """The settings that a command, or `RUN`, obeys."""
    if command == RUN:
        return (obeyed_by("hash") | obeyed_by("search")) - {"by_tag"}
    return frozenset(COMMANDS[command].shows + COMMANDS[command].accepts)


EXAMPLES = {
    "--folder ~/Videos": "try it without Hydrus",
    "request-key --save": "get a key and save it in .env",
    "": "run it after every import",
}

COMMON = {
    "--dry-run": "show what a run would do; change nothing in Hydrus",
}
"""What `--help` shows of the options, in a line: with the prompt, it fits 80 columns, 24 lines."""

GENERAL = {
    "--help": "show the first page of help, or the help of a command",
    "--help-all": "show this list of every command and option",
    "--version": "show the version",
}
