"""What the shell is told when the user presses Tab."""

from argcomplete.finders import CompletionFinder
from argcomplete.shell_integration import shellcode

from hydrus_video_deduplicator.cli.commands import PROGRAM
from hydrus_video_deduplicator.cli.parser import make_parser


def complete() -> None:
    """Answer the shell and exit, if it is the shell that asks what may come next."""
    _Completions()(make_parser(completing=True), always_complete_options=False)


def completion_script(shell: str) -> str:
    """What a shell of `SHELLS` has to run to complete this program's command line."""
    return shellcode([PROGRAM], shell=shell)


class _Completions(CompletionFinder):
    """Says of `--threshold=loose` what it says of `loose`; zsh would show None."""

    def filter_completions(self, completions: list[str]) -> list[str]:
        said = self.get_display_completions()
        for completion in completions:
            said.setdefault(completion, said.get(completion.partition("=")[2], ""))
        return super().filter_completions(completions)
