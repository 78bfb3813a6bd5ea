"""A provider that answers by what it is asked for: a plan, a judgement, or words."""

import asyncio
import json

from aiohttp import web

from tests.fakes.model_server import Json
from tests.fakes.openai_server import OpenAiServer
from tests.fakes.script import Script


class PlanningServer(OpenAiServer):
    """``plan`` and ``judgement`` are JSON it gives to such calls; None leaves them waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.plan: Json | None = {}
        self.judgement: Json | None = {}
        self.refuses = False
        """Answers no plan and no judgement."""

    async def _play(self, request: web.Request, script: Script, body: Json) -> web.StreamResponse:
        asked = json.dumps(body.get("response_format", ""))
        for mark, answer in (("standalone", self.plan), ("grades", self.judgement)):
            if mark not in asked:
                continue
            if answer is None:
                await asyncio.Event().wait()
            if self.refuses:
                return await super()._play(request, Script(error="key"), body)
            return await super()._play(request, Script(pieces=(json.dumps(answer),)), body)
        return await super()._play(request, script, body)

    @property
    def prompts(self) -> list[str]:
        """The system prompts of the calls that were no plan and no judgement."""
        bodies = [each.body for each in self.received if "response_format" not in each.body]
        return [str(body["messages"][0]["content"]) for body in bodies if "messages" in body]  # pyright: ignore[reportIndexIssue, reportArgumentType]
