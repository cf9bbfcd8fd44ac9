"""What the shell is told when the user presses Tab."""

from argcomplete.finders import CompletionFinder
from argcomplete.shell_integration import shellcode

from hydrus_video_deduplicator.cli.commands import PROGRAM
from hydrus_video_deduplicator.cli.parser import make_parser


def complete() -> None:
    """If the shell asks for completions, answer it and exit."""
    _Completions()(make_parser(completing=True), always_complete_options=False)


def completion_script(shell: str) -> str:
    """The script with which a shell of `SHELLS` completes this program's command line."""
    return shellcode([PROGRAM], shell=shell)


class _Completions(CompletionFinder):
    """Describes `--threshold=loose` as it describes `loose`; zsh would show None."""

    def filter_completions(self, completions: list[str]) -> list[str]:
        said = self.get_display_completions()
        for completion in completions:
            said.setdefault(completion, said.get(completion.partition("=")[2], ""))
        return super().filter_completions(completions)
