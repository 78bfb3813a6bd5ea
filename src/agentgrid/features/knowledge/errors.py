"""What can go wrong with documents.

::

    ProductError
    ├── NotFound               404
    │   └── FileNotFound       also when it belongs to an agent that is none of the asker's
    ├── Conflict               409
    │   ├── FileAlreadyPresent same name, same content
    │   ├── FileNotFailed      only what failed can be tried again
    │   ├── FileFinished       only what is worked on can be stopped
    │   └── TextNotReady       its text was not read yet
    ├── TooLarge               413
    │   └── UploadTooLarge
    ├── UnsupportedMedia       415
    │   └── FormatNotSupported
    └── Invalid                422
        ├── NoFileSent
        ├── TagsNotAllowed
        └── FileEmpty
"""

from typing import ClassVar

from agentgrid.kit.errors import Conflict, Invalid, NotFound, TooLarge, UnsupportedMedia


class FileNotFound(NotFound):
    code: ClassVar[str] = "file_not_found"
    title: ClassVar[str] = "There is no such file"

    def __init__(self) -> None:
        super().__init__("This agent has no file with this id.")


class FileAlreadyPresent(Conflict):
    code: ClassVar[str] = "file_already_present"
    title: ClassVar[str] = "This file is there already"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"This agent already has “{name}” with the same content, so nothing was added."
        )


class FileNotFailed(Conflict):
    code: ClassVar[str] = "file_not_failed"
    title: ClassVar[str] = "This file did not fail"

    def __init__(self, status: str) -> None:
        super().__init__(f"Only a failed file can be tried again; this one is {status}.")


class FileFinished(Conflict):
    code: ClassVar[str] = "file_finished"
    title: ClassVar[str] = "The work on this file is over"

    def __init__(self, status: str) -> None:
        super().__init__(f"There is nothing to stop: this file is {status} already.")


class TextNotReady(Conflict):
    code: ClassVar[str] = "text_not_ready"
    title: ClassVar[str] = "The text was not read yet"

    def __init__(self) -> None:
        super().__init__("The text of this file was not read yet. Wait until its state is ready.")


class UploadTooLarge(TooLarge):
    code: ClassVar[str] = "document_too_large"
    title: ClassVar[str] = "The file is too large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Files may have up to {limit / 1024**2:.4g} MB here. "
            "Split the file, or ask an admin to raise the limit."
        )


class FormatNotSupported(UnsupportedMedia):
    code: ClassVar[str] = "unsupported_format"


class NoFileSent(Invalid):
    code: ClassVar[str] = "no_file_sent"
    title: ClassVar[str] = "No file was sent"

    def __init__(self) -> None:
        super().__init__("Send one file as the field `file` of a multipart/form-data body.")


class TagsNotAllowed(Invalid):
    code: ClassVar[str] = "tags_not_allowed"
    title: ClassVar[str] = "These tags cannot be kept"

    def __init__(self) -> None:
        super().__init__("Give up to 20 tags of 1 to 50 characters each.")


class FileEmpty(Invalid):
    code: ClassVar[str] = "empty_document"
    title: ClassVar[str] = "The file is empty"

    def __init__(self) -> None:
        super().__init__("The file is empty. Check that you chose the right one.")
