"""What makes two versions differ, and how to say so."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping

from agentgrid.features.agents.schemas import AgentSpec, AgentSpecChange, FieldChange

_WORDS = {
    "instruction": "the instruction",
    "model": "the model",
    "fallbacks": "the fallback models",
    "temperature": "the temperature",
    "max_tokens": "the longest answer",
    "welcome_message": "the welcome message",
    "starter_questions": "the starter questions",
    "retrieval": "how documents are read",
}
_CLEARED_BY_NULL = frozenset({"temperature", "max_tokens"})
_LONGEST_SLUG = 60


def changed_spec(spec: AgentSpec, change: AgentSpecChange) -> AgentSpec:
    """``spec`` with the fields that the request set.

    An explicit null clears the temperature and the longest answer; the other fields have
    no such state, so null leaves them as they are.
    """
    values = {
        name: getattr(change, name)
        for name in AgentSpec.model_fields
        if name in change.model_fields_set
        and (getattr(change, name) is not None or name in _CLEARED_BY_NULL)
    }
    return spec.model_copy(update=values)


def spec_json(spec: AgentSpec) -> dict[str, object]:
    return spec.model_dump(mode="json")


def content_hash(spec: AgentSpec) -> str:
    """SHA-256, hexadecimal, over the spec's JSON with sorted keys and no spaces."""
    text = json.dumps(spec_json(spec), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def differences(before: AgentSpec, after: AgentSpec) -> list[FieldChange]:
    """The fields that differ, in the spec's order; nested ones as ``retrieval.limit``."""
    return _differences("", spec_json(before), spec_json(after))


def summary(before: AgentSpec, after: AgentSpec) -> str:
    """The change in words: ``Changed the instruction and the model``. There must be one."""
    changed = list(dict.fromkeys(c.field.partition(".")[0] for c in differences(before, after)))
    *others, last = [_WORDS[name] for name in changed]
    return f"Changed {', '.join(others)} and {last}" if others else f"Changed {last}"


def slug_of(name: str) -> str:
    """The name as it may stand in an address: lower case ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-")
    return slug or "agent"


def _differences(
    path: str, before: Mapping[str, object], after: Mapping[str, object]
) -> list[FieldChange]:
    changes: list[FieldChange] = []
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            changes += _differences(f"{path}{name}.", old, new)
        elif old != new:
            changes.append(FieldChange(field=f"{path}{name}", before=old, after=new))
    return changes
