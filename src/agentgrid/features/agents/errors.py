"""What can go wrong with agents and versions.

::

    ProductError
    ├── NotFound             404
    │   ├── AgentNotFound    also when it is there and none of the asker's business
    │   └── VersionNotFound
    ├── Forbidden            403
    │   └── AgentReadOnly    shared with the asker, but somebody else's
    └── Conflict             409
        └── VersionConflict  another version became active since the one that was edited
"""

from agentgrid.kit.errors import Conflict, Forbidden, NotFound


class AgentNotFound(NotFound):
    code = "agent_not_found"
    title = "There is no such agent"

    def __init__(self) -> None:
        super().__init__("There is no agent with this id that you may see.")


class VersionNotFound(NotFound):
    code = "version_not_found"
    title = "There is no such version"

    def __init__(self) -> None:
        super().__init__("This agent has no version with this id.")


class AgentReadOnly(Forbidden):
    code = "agent_read_only"
    title = "You may use this agent but not change it"

    def __init__(self) -> None:
        super().__init__("Only the agent's owner and admins may change it.")


class VersionConflict(Conflict):
    code = "version_conflict"
    title = "Somebody saved another version meanwhile"

    def __init__(self, *, edited: int, active: int) -> None:
        super().__init__(
            f"You edited version {edited}, but version {active} is active now. "
            "Load it, make your change again and save."
        )
