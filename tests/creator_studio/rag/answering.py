"""Models for tests of what is asked of them: each call gets the next answer."""

from agentgrid.creator_studio.core import ChatRequest, ChatResult, ModelProfile, TokenUsage

CAPABLE = ModelProfile(context_length=128_000, max_output_tokens=8192, json_schema=True)
PLAIN = ModelProfile(context_length=16_000, max_output_tokens=4096)
SMALL = ModelProfile(context_length=2048, max_output_tokens=1024, small=True)


class Answering:
    """Answers in order; keeps what it was asked."""

    def __init__(self, *answers: str | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[ChatRequest] = []

    async def __call__(self, request: ChatRequest) -> ChatResult:
        self.asked.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return ChatResult(answer, "stop", TokenUsage(10, 5), "openai", "gpt-5")
