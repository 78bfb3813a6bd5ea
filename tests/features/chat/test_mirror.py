"""What other processes see of a running turn, and what is kept of one that died."""

import msgspec

from agentgrid.creator_studio.llm.streaming import SseDecoder
from agentgrid.features.chat.live import Channel, Mirror, TokenData
from agentgrid.features.chat.repository import ChatRepository
from agentgrid.features.chat.store import TurnStore
from agentgrid.features.chat.tasks import INTERRUPTED
from agentgrid.features.deps import Services
from agentgrid.kit.db import new_id, unit_of_work
from tests.features.chat.conftest import Talker


async def written(services: Services, *pieces: str, done: bool) -> Channel:
    """A channel mirrored after each piece, as if time passed between them."""
    channel, mirror = Channel(new_id()), Mirror(services.redis)
    channel.send("turn", {})
    for piece in pieces:
        channel.token(piece)
        await mirror.copy([channel])
    if done:
        channel.send("done", {"message": {}})
        await mirror.copy([channel])
    return channel


async def test_another_process_can_go_on_reading(services: Services) -> None:
    channel = await written(services, "Hel", "lo, ", "you", done=True)
    decoder = SseDecoder()
    events = [
        event
        async for piece in Mirror(services.redis).follow(channel.message_id, 4)
        for event in decoder.feed(piece)
    ]
    tokens = [msgspec.json.decode(e.data, type=TokenData) for e in events if e.event == "token"]
    assert "Hell" + "".join(token.text for token in tokens) == "Hello, you"
    assert events[-1].event == "done"


async def test_pieces_written_together_are_mirrored_as_one(services: Services) -> None:
    channel = Channel(new_id())
    for piece in "many little pieces":
        channel.token(piece)
    mirror = Mirror(services.redis)
    await mirror.copy([channel])
    await mirror.copy([channel])
    assert await services.redis.xlen(f"agentgrid:turn:{channel.message_id}") == 1
    assert await mirror.text_so_far(channel.message_id) == "many little pieces"


async def test_a_turn_whose_process_died_keeps_what_it_had_written(
    services: Services, store: TurnStore, talker: Talker
) -> None:
    session_id = await talker.session()
    start = await store.send(session_id, talker.user_id, "Hello?")
    channel = Channel(start.message_id)
    channel.token("Half an ans")
    mirror = Mirror(services.redis)
    await mirror.copy([channel])
    await talker.pool.execute("update chat_sessions set running_until = now() - interval '1 s'")
    async with unit_of_work(services.sessions) as session:
        chats = ChatRepository(session)
        assert list(await chats.abandoned(10)) == [(session_id, start.message_id)]
        text = await mirror.text_so_far(start.message_id)
        await chats.abandon(session_id, start.message_id, text, INTERRUPTED)
    row = await talker.message(start.message_id)
    assert (row["status"], row["content"], row["error_code"]) == (
        "failed",
        "Half an ans",
        "interrupted",
    )
    assert (await store.send(session_id, talker.user_id, "Again?")).seq == 4


async def test_a_turn_that_is_alive_is_left_alone(
    services: Services, store: TurnStore, talker: Talker
) -> None:
    await store.send(await talker.session(), talker.user_id, "Hello?")
    async with unit_of_work(services.sessions) as session:
        assert list(await ChatRepository(session).abandoned(10)) == []
