"""Settings an admin changes while the installation runs."""

from agentgrid.features.deps import Services
from tests.fakes.openai_server import OpenAiServer
from tests.features.providers.test_connections import connect
from tests.people import Person


async def test_a_new_installation_is_closed_and_uses_the_bundled_model(admin: Person) -> None:
    assert (await admin.get("/admin/settings")).json() == {
        "registration_open": False,
        "default_model": "local/smollm2-135m-instruct",
    }


async def test_a_change_leaves_the_rest(admin: Person) -> None:
    changed = await admin.patch("/admin/settings", json={"registration_open": True})
    assert changed.json() == {
        "registration_open": True,
        "default_model": "local/smollm2-135m-instruct",
    }
    assert (await admin.get("/admin/settings")).json() == changed.json()


async def test_the_default_model_must_be_within_reach(admin: Person, services: Services) -> None:
    wanted = {"default_model": "openai/alpha-1"}
    refused = await admin.patch("/admin/settings", json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (422, "model_not_configured")
    async with OpenAiServer() as upstream:
        await connect(admin, base_url=upstream.url)
    assert (await admin.patch("/admin/settings", json=wanted)).status_code == 200
    assert await services.models.resolve("") == "openai/alpha-1"


async def test_there_may_be_no_default_model(admin: Person, services: Services) -> None:
    await admin.patch("/admin/settings", json={"default_model": ""})
    assert await services.connections.default_model() == ""


async def test_a_default_model_is_written_in_full(admin: Person) -> None:
    answer = await admin.patch("/admin/settings", json={"default_model": "gpt-5"})
    assert answer.json()["errors"][0]["loc"] == ["body", "default_model"]
