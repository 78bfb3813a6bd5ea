"""What can go wrong with connections to language models.

::

    ProductError
    ├── NotFound               404
    │   └── ConnectionNotFound
    ├── Conflict               409
    │   └── NameTaken
    └── Invalid                422
        ├── ProviderUnknown
        ├── BaseUrlInvalid
        └── KeyNeededAgain     a stored key is never sent to another host than it was given for
"""

from agentgrid.kit.errors import Conflict, Invalid, NotFound


class ConnectionNotFound(NotFound):
    code = "connection_not_found"
    title = "There is no such connection"

    def __init__(self) -> None:
        super().__init__("There is no connection with this id.")


class NameTaken(Conflict):
    code = "connection_name_taken"
    title = "Another connection has this name"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a connection called {name!r}. Give this one another name.")


class ProviderUnknown(Invalid):
    code = "provider_unknown"
    title = "There is no such provider"


class BaseUrlInvalid(Invalid):
    code = "base_url_invalid"
    title = "The address cannot be used"


class KeyNeededAgain(Invalid):
    code = "key_needed_again"
    title = "Enter the key again"

    def __init__(self) -> None:
        super().__init__("The address leads to another host, so enter its API key again.")
