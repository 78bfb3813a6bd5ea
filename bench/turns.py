"""What one turn of a conversation costs, against the bare model behind it.

The model is a server that answers at once (``upstream.py``), so that what is left is ours:
authorisation, both statements, the context, the model call, the ledger. Turns and calls of
the bare server alternate in one run. At the end every turn must be in the database with its
answer, and every one must have its row in the ledger.
"""

import asyncio
import time
from dataclasses import dataclass, field

import asyncpg

from agentgrid.kit.db import asyncpg_dsn
from bench.accounting import cpu_seconds
from bench.load import Connection, LoadError, median, percentile
from bench.product import (
    Product,
    connect_upstream,
    fake_upstream,
    make_agent,
    make_session,
    running,
    sign_up,
    temporary_folder,
)
from bench.report import Figure, Target
from bench.streams import OPENED_A_SECOND, Ask, StreamResult, hold

ALONE_TURNS = 300
WARM_UP_TURNS = 30
SESSIONS = 32
TURNS_EACH = 40
TURNS_A_SESSION = 10
STREAMS = 400
MODEL = "bench-16"
PACED_MODEL = "bench-40x250"
MOST_ADDED_MS = 12.0
LEAST_RATE = 100.0
MOST_FIRST_WORD_MS = 150.0
QUESTION = {"message": "How long may I keep a book that I borrowed?"}

COUNT_ANSWERS = """
    select count(*) from chat_messages
    where role = 'assistant' and status = 'complete' and content <> ''
"""
COUNT_USAGE = "select count(*) from llm_usage where purpose = 'chat' and error_code is null"


@dataclass(slots=True)
class Run:
    """What was measured; times in milliseconds."""

    bare: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    bare_rate: float = 0.0
    rate: float = 0.0
    cpu_ms: float = 0.0
    api_cpu_ms: float = 0.0
    turns: int = 0


def measure() -> list[Figure]:
    """Alone, 32 at once, and 400 streams at once."""
    with temporary_folder() as folder, running(folder) as product, fake_upstream() as upstream:
        key = asyncio.run(sign_up(product))
        product.wait_idle()
        run, bare_streams, streams = asyncio.run(_measure(product, key, upstream))
        asyncio.run(check_stored(product, run.turns))
    return [*_turn_figures(run), *_stream_figures(bare_streams, streams)]


async def _measure(
    product: Product, key: str, upstream: str
) -> tuple[Run, StreamResult, StreamResult]:
    run = Run()
    async with Connection(product.url, key) as person:
        await connect_upstream(person, upstream)
        agent_id = await make_agent(person, MODEL)
        paced_id = await make_agent(person, PACED_MODEL)
        await _alone(run, person, agent_id, upstream)
    await _together(run, product, key, agent_id, upstream)
    async with Connection(product.url, key) as person:  # the first one was idle for too long
        sessions = [await make_session(person, paced_id) for _ in range(STREAMS)]
    call = _call(PACED_MODEL, stream=True)
    bare = await hold([Ask(upstream, None, "/chat/completions", call)] * STREAMS)
    streams = await hold(
        [
            Ask(product.url, key, f"/api/v1/sessions/{session}/messages", QUESTION)
            for session in sessions
        ]
    )
    run.turns += streams.complete
    return run, bare, streams


def _call(model: str, *, stream: bool = False) -> dict[str, object]:
    return {
        "model": model,
        "stream": stream,
        "messages": [
            {"role": "system", "content": "Answer in one sentence."},
            {"role": "user", "content": QUESTION["message"]},
        ],
    }


async def _alone(run: Run, person: Connection, agent_id: str, upstream: str) -> None:
    async with Connection(upstream) as direct:
        session = ""
        for number in range(WARM_UP_TURNS + ALONE_TURNS):
            if number % TURNS_A_SESSION == 0:
                session = await make_session(person, agent_id)
            began = time.perf_counter()
            (await direct.request("POST", "/chat/completions", _call(MODEL))).json()
            between = time.perf_counter()
            await _turn(person, session)
            if number >= WARM_UP_TURNS:
                run.bare.append((between - began) * 1000)
                run.alone.append((time.perf_counter() - between) * 1000)
    run.turns += WARM_UP_TURNS + ALONE_TURNS


async def _turn(person: Connection, session: str) -> None:
    answer = await person.request("POST", f"/api/v1/sessions/{session}/messages", QUESTION)
    message = answer.json()
    if message["status"] != "complete" or not message["content"]:
        raise LoadError(f"A turn ended as {message['status']}: {message['error']}")


async def _together(run: Run, product: Product, key: str, agent_id: str, upstream: str) -> None:
    async def ask_bare() -> None:
        async with Connection(upstream) as direct:
            for _ in range(TURNS_EACH):
                (await direct.request("POST", "/chat/completions", _call(MODEL))).json()

    async def converse(sessions: list[str]) -> None:
        async with Connection(product.url, key) as person:
            for number in range(TURNS_EACH):
                await _turn(person, sessions[number // TURNS_A_SESSION])

    async with Connection(product.url, key) as person:
        per_person = TURNS_EACH // TURNS_A_SESSION
        people = [
            [await make_session(person, agent_id) for _ in range(per_person)]
            for _ in range(SESSIONS)
        ]
    turns = SESSIONS * TURNS_EACH
    began = time.perf_counter()
    await asyncio.gather(*(ask_bare() for _ in people))
    run.bare_rate = turns / (time.perf_counter() - began)
    api = next(p.pid for p in product.processes() if "agentgrid.embedded.api_server" in p.command)
    cpu, api_cpu = product.cpu_seconds(), cpu_seconds([api])
    began = time.perf_counter()
    await asyncio.gather(*(converse(sessions) for sessions in people))
    run.rate = turns / (time.perf_counter() - began)
    run.cpu_ms = (product.cpu_seconds() - cpu) / turns * 1000
    run.api_cpu_ms = (cpu_seconds([api]) - api_cpu) / turns * 1000
    run.turns += turns


async def check_stored(product: Product, turns: int) -> None:
    """Raises ``LoadError`` unless every turn is stored, answered and in the ledger."""
    connection = await asyncpg.connect(asyncpg_dsn(product.database_url))
    try:
        answers = await connection.fetchval(COUNT_ANSWERS)
        usage = await connection.fetchval(COUNT_USAGE)
    finally:
        await connection.close()
    if (answers, usage) != (turns, turns):
        raise LoadError(f"{turns} turns were made, {answers} answers and {usage} uses are stored.")


def _turn_figures(run: Run) -> list[Figure]:
    added = [turn - call for turn, call in zip(run.alone, run.bare, strict=True)]
    return [
        Figure(
            "turn",
            "stored turn, alone, p50",
            median(run.alone),
            "ms",
            baseline=median(run.bare),
        ),
        Figure(
            "turn",
            "stored turn, alone, p95",
            percentile(run.alone, 0.95),
            "ms",
            baseline=percentile(run.bare, 0.95),
        ),
        Figure(
            "turn",
            "added to the model's answer, p50",
            median(added),
            "ms",
            target=Target(at_most=MOST_ADDED_MS),
        ),
        Figure(
            "turn",
            f"{SESSIONS} sessions at once",
            run.rate,
            "turns/s",
            baseline=run.bare_rate,
            target=Target(at_least=LEAST_RATE),
        ),
        Figure("turn", "CPU of the API", run.api_cpu_ms, "ms/turn"),
        Figure("turn", "CPU of all processes", run.cpu_ms, "ms/turn"),
    ]


def _stream_figures(bare: StreamResult, streams: StreamResult) -> list[Figure]:
    return [
        Figure(
            "streams",
            f"{STREAMS} opened at {OPENED_A_SECOND:g}/s, first word p50",
            median(streams.first_word),
            "ms",
            baseline=median(bare.first_word),
            target=Target(at_most=MOST_FIRST_WORD_MS),
        ),
        Figure(
            "streams",
            "first word p95",
            percentile(streams.first_word, 0.95),
            "ms",
            baseline=percentile(bare.first_word, 0.95),
        ),
        Figure(
            "streams",
            "open at the same time",
            streams.most_open,
            "",
            target=Target(at_least=STREAMS),
        ),
        Figure("streams", "finished", streams.complete, "", target=Target(at_least=STREAMS)),
    ]
