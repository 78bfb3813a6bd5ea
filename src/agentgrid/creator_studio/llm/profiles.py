"""What each model can do, as rows of data.

The first row whose pattern matches the whole model name wins; a vendor prefix
(``openai/gpt-5`` at OpenRouter or Groq) and a variant suffix (``:free``) are not part of
the name. A model that no row knows gets the cautious values of ``ModelProfile``: too
small a window costs an answer some context, too large a one costs the answer.
"""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

from agentgrid.creator_studio.core import ModelProfile

_CAPABLE: Final = ModelProfile(
    context_length=128_000, max_output_tokens=16_384, tools=True, json_schema=True, vision=True
)
_TEXT: Final = replace(_CAPABLE, vision=False)
_REASONING: Final = replace(
    _CAPABLE, context_length=200_000, max_output_tokens=100_000, sampling=False
)
_MILLION: Final = replace(_CAPABLE, context_length=1_000_000, max_output_tokens=64_000)
_CLAUDE: Final = replace(_CAPABLE, context_length=200_000, max_output_tokens=64_000)
_GPT_5: Final = replace(_REASONING, context_length=400_000, max_output_tokens=128_000)
_SMALL: Final = ModelProfile(context_length=2048, max_output_tokens=1024, small=True)

_FAMILIES: Final[tuple[tuple[str, ModelProfile], ...]] = (
    # OpenAI
    (r"gpt-[56][\d.]*-chat.*|gpt-5\.3.*", replace(_CAPABLE, sampling=False)),
    (r"gpt-5\.4-(mini|nano).*", _GPT_5),
    (r"gpt-(5\.[4-9]|[6-9]).*", replace(_GPT_5, context_length=1_000_000)),
    (r"gpt-5.*|codex-.*", _GPT_5),
    (r"gpt-4\.1.*", replace(_MILLION, max_output_tokens=32_768)),
    (r"o1-(mini|preview).*", replace(_REASONING, context_length=128_000, max_output_tokens=32_768,
                                     tools=False, json_schema=False, vision=False)),
    (r"o3-mini.*", replace(_REASONING, vision=False)),
    (r"o[134](-.*)?", _REASONING),
    (r"(chat)?gpt-4o.*", _CAPABLE),
    (r"gpt-4-turbo.*", replace(_CAPABLE, max_output_tokens=4096, json_schema=False)),
    (r"gpt-4(-\d{4})?", ModelProfile(context_length=8192, max_output_tokens=4096, tools=True)),
    (r"gpt-3\.5.*", ModelProfile(context_length=16_385, max_output_tokens=4096, tools=True)),
    (r"gpt-oss.*", replace(_TEXT, context_length=131_072, max_output_tokens=32_768)),
    # Anthropic
    (r"claude-opus-4[-.]6.*", replace(_MILLION, max_output_tokens=128_000)),
    (r"claude-opus-4[-.][7-9].*", replace(_MILLION, max_output_tokens=128_000, sampling=False)),
    (r"claude-sonnet-4[-.]6.*", _MILLION),
    (r"claude-(opus|sonnet|haiku|fable|mythos)-([5-9]|preview).*",
     replace(_MILLION, sampling=False)),
    (r"claude-(opus|sonnet|haiku)-4[-.]5.*", _CLAUDE),
    (r"claude-(opus|sonnet)-4.*", replace(_CLAUDE, max_output_tokens=32_000, json_schema=False)),
    (r"claude-3[-.]7.*", replace(_CLAUDE, json_schema=False)),
    (r"claude.*", replace(_CLAUDE, max_output_tokens=4096, json_schema=False)),
    # Google
    (r"gemini-(1\.5|2\.0).*", replace(_MILLION, max_output_tokens=8192)),
    (r"gemini-.*(tts|live|audio).*", ModelProfile(context_length=8192)),
    (r"gemini-.*", replace(_MILLION, max_output_tokens=65_536)),
    (r"gemma-?4.*", replace(_CAPABLE, context_length=262_144, max_output_tokens=8192)),
    (r"gemma-?3.*", replace(_CAPABLE, max_output_tokens=8192, tools=False)),
    # DeepSeek
    (r"deepseek-(v[4-9].*|flash.*)", replace(_TEXT, context_length=1_000_000,
                                            max_output_tokens=65_536)),
    (r"deepseek-(chat|reasoner)", replace(_TEXT, context_length=64_000, max_output_tokens=8192)),
    (r"deepseek-.*", replace(_TEXT, max_output_tokens=8192)),
    # Mistral
    (r"mistral-large-[4-9].*", _MILLION),
    (r"(mistral-(large|medium|small)|ministral|pixtral|devstral|magistral).*", _CAPABLE),
    (r"codestral.*", replace(_TEXT, context_length=256_000)),
    (r"(open-)?mi[sx]tral-.*", replace(_TEXT, context_length=32_000, max_output_tokens=8192)),
    # Open weights, wherever they are served
    (r"(meta-)?llama-?4.*", replace(_CAPABLE, context_length=131_072, max_output_tokens=8192)),
    (r"(meta-)?llama-?3\.[1-3].*", replace(_TEXT, context_length=131_072, max_output_tokens=8192)),
    (r"qwen-?3.*", replace(_TEXT, context_length=131_072)),
    (r"qwen-?2\.5.*", replace(_TEXT, context_length=32_768, max_output_tokens=8192)),
    (r"kimi-k2.*|glm-[45].*|zai-glm-.*|grok-.*", replace(_TEXT, context_length=131_072)),
    (r"smollm2?[-:.]?(135|360)m.*", _SMALL),
)  # fmt: skip

_COMPILED: Final = tuple((re.compile(pattern), profile) for pattern, profile in _FAMILIES)

LOCAL_PROFILE: Final = replace(_SMALL, context_length=4096, json_schema=True)
"""The bundled SmolLM2: served with a window of 4,096 tokens, grammar-bound JSON, no tools."""

_OLLAMA_CONTEXT: Final = 4096
"""What Ollama serves unless told otherwise, whatever the model could read."""


@lru_cache(maxsize=1024)
def profile_of(provider: str, model: str) -> ModelProfile:
    """The capabilities of ``model`` as ``provider`` (an id of the catalog) serves it."""
    if provider == "local":
        return LOCAL_PROFILE
    name = model.lower().rsplit("/", 1)[-1]
    if provider != "ollama":
        name = name.partition(":")[0]
    found = next((profile for pattern, profile in _COMPILED if pattern.fullmatch(name)), None)
    profile = found or ModelProfile()
    if provider == "ollama":
        length = min(profile.context_length, _OLLAMA_CONTEXT)
        profile = replace(profile, context_length=length, max_output_tokens=length // 2)
    return profile if profile.context_length > profile.max_output_tokens else ModelProfile()
