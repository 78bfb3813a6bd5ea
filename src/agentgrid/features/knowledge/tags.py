"""Words that people put on documents to find and to limit them by."""


def tag_key(tag: str) -> str:
    """A tag as it is compared: without case."""
    return tag.strip().casefold()
