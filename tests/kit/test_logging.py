"""Logs: JSON in production, ids on every line, secrets on none."""

import json
import logging

import pytest
import structlog

from agentgrid.kit.logging import configure_logging


@pytest.fixture(autouse=True)
def _former_logging() -> object:  # pyright: ignore[reportUnusedFunction]
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def lines(captured: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in captured.splitlines()]


def test_production_logs_json_with_the_bound_ids(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("production", "INFO", process="api")
    structlog.contextvars.bind_contextvars(request_id="r1")
    structlog.get_logger("agentgrid.x").info("rag_retrieval", agent="a1", queries=["q"], time_ms=3)
    (line,) = lines(capsys.readouterr().err)
    assert line["event"] == "rag_retrieval"
    assert (line["request_id"], line["process"], line["agent"]) == ("r1", "api", "a1")
    assert (line["queries"], line["time_ms"], line["level"]) == (["q"], 3, "info")


def test_standard_loggers_pass_through_the_same_chain(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("production", "INFO", process="api")
    logging.getLogger("some.library").warning("careful: %s", "hot")
    (line,) = lines(capsys.readouterr().err)
    assert (line["event"], line["logger"]) == ("careful: hot", "some.library")


def test_secrets_are_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("production", "INFO", process="api")
    structlog.get_logger().info("login", password="hunter2", provider_api_key="sk-1", name="Ann")
    output = capsys.readouterr().err
    assert "hunter2" not in output
    assert "sk-1" not in output
    assert "Ann" in output


def test_lines_below_the_level_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("local", "WARNING", process="api")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    output = capsys.readouterr().err
    assert "quiet" not in output
    assert "loud" in output
