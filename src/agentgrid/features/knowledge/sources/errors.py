"""What can go wrong with web sources.

::

    ProductError
    ├── NotFound                404
    │   └── SourceNotFound      also when it belongs to an agent that is none of the asker's
    ├── Conflict                409
    │   ├── SourceAlreadyThere
    │   ├── SourceBusy          it is being read already
    │   └── SourceNotBusy       there is nothing to cancel
    └── Invalid                 422
        └── AddressNotAllowed
"""

from typing import ClassVar

from agentgrid.kit.errors import Conflict, Invalid, NotFound


class SourceNotFound(NotFound):
    code: ClassVar[str] = "source_not_found"
    title: ClassVar[str] = "There is no such web source"

    def __init__(self) -> None:
        super().__init__("This agent has no web source with this id.")


class SourceAlreadyThere(Conflict):
    code: ClassVar[str] = "source_already_there"
    title: ClassVar[str] = "This address is there already"

    def __init__(self, url: str) -> None:
        super().__init__(f"This agent reads {url} already. Sync it to read it again.")


class SourceBusy(Conflict):
    code: ClassVar[str] = "source_busy"
    title: ClassVar[str] = "It is being read already"

    def __init__(self) -> None:
        super().__init__("This source is being read. Wait until it is done, or cancel it first.")


class SourceNotBusy(Conflict):
    code: ClassVar[str] = "source_not_busy"
    title: ClassVar[str] = "There is nothing to cancel"

    def __init__(self) -> None:
        super().__init__("This source is not being read at the moment.")


class AddressNotAllowed(Invalid):
    code: ClassVar[str] = "address_not_allowed"
    title: ClassVar[str] = "This address cannot be read"
