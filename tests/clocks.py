"""A clock that goes when it is told to."""


class Clock:
    """Shows the seconds that it is set to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now
