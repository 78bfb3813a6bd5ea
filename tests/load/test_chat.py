# pyright: reportMissingImports=false, reportUntypedBaseClass=false
# pyright: reportUntypedFunctionDecorator=false
"""Load on conversations: people who sign in, talk to one agent, and come back to what was said.

    uv sync --group load
    locust -f tests/load/test_chat.py --host=http://localhost:8001

The first person on an empty installation becomes its admin, so the account is made when it
is missing; elsewhere give one in ``AGENTGRID_LOAD_EMAIL`` and ``AGENTGRID_LOAD_PASSWORD``.
The agent is a fresh one without documents on the default model; ``AGENTGRID_LOAD_AGENT``
names another one by its id.

Not collected by pytest (see ``conftest.py`` beside it): locust replaces the event loop.
"""

import os
import time

from locust import HttpUser, between, events, task

EMAIL = os.environ.get("AGENTGRID_LOAD_EMAIL", "load@example.com")
PASSWORD = os.environ.get("AGENTGRID_LOAD_PASSWORD", "a long load-test password")
AGENT = os.environ.get("AGENTGRID_LOAD_AGENT", "")
TURNS_A_SESSION = 8
QUESTIONS = (
    "How long may I keep a book that I borrowed?",
    "What did we discuss earlier?",
    "Say that again in one sentence.",
)


class Person(HttpUser):
    """Somebody who asks, reads the answer as it is written, and asks again."""

    wait_time = between(1, 5)
    sessions: dict[str, int]
    """Turns by session id."""

    def on_start(self) -> None:
        """Sign in and choose the agent."""
        self.sessions = {}
        who = {"email": EMAIL, "password": PASSWORD}
        with self.client.post("/api/v1/auth/login", json=who, catch_response=True) as login:
            login.success()  # a missing account is no failure: it is made below
        if login.status_code != 200:
            with self.client.post("/api/v1/auth/register", json=who, catch_response=True) as made:
                made.success()  # another person may have been faster
            login = self.client.post("/api/v1/auth/login", json=who)
            login.raise_for_status()
        self.client.headers["authorization"] = f"Bearer {login.json()['access_token']}"
        # A key does not expire in the middle of a long run, as a token does.
        key = self.client.post("/api/v1/api-keys", json={"name": "load"})
        key.raise_for_status()
        self.client.headers["authorization"] = f"Bearer {key.json()['key']}"
        self.agent = AGENT or self._make_agent()

    def _make_agent(self) -> str:
        wanted = {"name": "Load test", "instruction": "Answer in one sentence."}
        made = self.client.post("/api/v1/agents", json=wanted)
        made.raise_for_status()
        return str(made.json()["id"])

    @task(10)
    def ask(self) -> None:
        """One turn, read to its end; the time to the first word is an event of its own."""
        session = self._session()
        question = QUESTIONS[self.sessions[session] % len(QUESTIONS)]
        self.sessions[session] += 1
        began = time.perf_counter()
        with self.client.post(
            f"/api/v1/sessions/{session}/messages",
            name="/api/v1/sessions/{id}/messages",
            json={"message": question},
            headers={"accept": "text/event-stream"},
            stream=True,
            catch_response=True,
        ) as answer:
            seen = ""
            for raw in answer.iter_lines():
                line = raw.decode()
                if line.startswith("event: "):
                    seen = line.removeprefix("event: ")
                    if seen == "token" and began:
                        _report_first_word(time.perf_counter() - began)
                        began = 0.0
            if answer.status_code != 200 or seen != "done":
                answer.failure(f"Status {answer.status_code}, last event {seen or 'none'}.")

    @task(2)
    def look_back(self) -> None:
        """Open a conversation with all that was said."""
        self.client.get(f"/api/v1/sessions/{self._session()}", name="/api/v1/sessions/{id}")

    @task(1)
    def browse(self) -> None:
        """List the conversations."""
        path = f"/api/v1/agents/{self.agent}/sessions"
        self.client.get(path, name="/api/v1/agents/{id}/sessions")

    def _session(self) -> str:
        for session, turns in self.sessions.items():
            if turns < TURNS_A_SESSION:
                return session
        path = f"/api/v1/agents/{self.agent}/sessions"
        made = self.client.post(path, name="/api/v1/agents/{id}/sessions", json={})
        made.raise_for_status()
        session = str(made.json()["id"])
        self.sessions[session] = 0
        return session


def _report_first_word(seconds: float) -> None:
    events.request.fire(
        request_type="SSE",
        name="first word",
        response_time=seconds * 1000,
        response_length=0,
        exception=None,
        context={},
    )
