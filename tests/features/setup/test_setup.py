"""The first minutes: what a new installation says, and the demo agent."""

import asyncio

from dirty_equals import IsPartialDict, IsStr

from agentgrid.features.deps import Services
from agentgrid.features.setup.demo import DEMO, HANDBOOK, ensure_demo
from tests.people import PASSWORD, People, Person


async def test_a_new_installation_waits_for_its_admin(client: Person) -> None:
    assert (await client.get("/setup")).json() == {
        "needs_admin": True,
        "registration_open": True,
        "demo_agent_id": None,
        "version": IsStr(regex=r"\d+\.\d+\.\d+"),
    }
    await client.post("/auth/register", json={"email": "a@example.org", "password": PASSWORD})
    assert (await client.get("/setup")).json() == IsPartialDict(
        needs_admin=False, registration_open=False
    )


async def test_it_says_when_registration_is_open(client: Person, admin: Person) -> None:
    await admin.patch("/admin/settings", json={"registration_open": True})
    assert (await client.get("/setup")).json()["registration_open"]


async def test_the_demo_agent_is_there_for_everybody_and_only_admins_change_it(
    client: Person, admin: Person, people: People, services: Services
) -> None:
    await ensure_demo(services)
    url = f"/agents/{(await client.get('/setup')).json()['demo_agent_id']}"
    member = await people("member")
    agent = (await member.get(url)).json()
    assert agent == IsPartialDict(
        name=DEMO.name, is_demo=True, owner_id=None, files=IsPartialDict(total=1)
    )
    assert len(agent["spec"]["starter_questions"]) == 3
    assert (await member.patch(url, json={"name": "Mine"})).status_code == 403
    assert (await admin.patch(url, json={"name": "Ours"})).status_code == 200


async def test_processes_that_start_together_make_one_demo_agent(
    admin: Person, services: Services
) -> None:
    await asyncio.gather(*(ensure_demo(services) for _ in range(4)))
    assert len((await admin.get("/agents")).json()["items"]) == 1


async def test_a_deleted_demo_agent_stays_deleted(
    client: Person, admin: Person, services: Services
) -> None:
    await ensure_demo(services)
    demo_id = (await client.get("/setup")).json()["demo_agent_id"]
    await admin.delete(f"/agents/{demo_id}")
    await ensure_demo(services)
    assert (await client.get("/setup")).json()["demo_agent_id"] is None


def test_each_starter_question_is_answered_by_one_sentence_of_the_handbook() -> None:
    answers = [
        "The warranty lasts 3 years from delivery.",
        "Express delivery arrives on the next working day and costs 9.90 euros.",
        "Our address is 14 Harbour Lane, Brightwater.",
    ]
    assert DEMO.starter_questions is not None
    assert len(DEMO.starter_questions) == len(answers)
    handbook = HANDBOOK.read_text()
    assert all(answer in handbook for answer in answers)
