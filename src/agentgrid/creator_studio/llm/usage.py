"""Token counts where a provider sends none."""

from agentgrid.creator_studio.core import ChatRequest, TokenUsage, ToolCall

CHARACTERS_PER_TOKEN = 4
"""What English prose averages with the vocabularies of today; other scripts need more tokens."""


def estimate_usage(
    request: ChatRequest, text: str, tool_calls: tuple[ToolCall, ...] = ()
) -> TokenUsage:
    """Count characters divided by four, rounded up; the result is marked as an estimate."""
    asked = sum(
        len(message.content) + _length(message.tool_calls) for message in request.messages
    ) + sum(len(tool.name) + len(tool.description) for tool in request.tools)
    return TokenUsage(
        prompt=_tokens(asked), completion=_tokens(len(text) + _length(tool_calls)), estimated=True
    )


def _length(tool_calls: tuple[ToolCall, ...]) -> int:
    return sum(len(call.name) + len(call.arguments) for call in tool_calls)


def _tokens(characters: int) -> int:
    return -(-characters // CHARACTERS_PER_TOKEN)
