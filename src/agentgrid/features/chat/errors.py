"""What can go wrong in a conversation."""

from agentgrid.kit.errors import Conflict, NotFound, UpstreamFailed


class SessionNotFound(NotFound):
    code = "session_not_found"
    title = "There is no such conversation"


class MessageNotFound(NotFound):
    code = "message_not_found"
    title = "There is no such message"


class TurnRunning(Conflict):
    code = "turn_running"
    title = "An answer is still being written"


class NothingToRegenerate(Conflict):
    code = "nothing_to_regenerate"
    title = "Only the last answer can be written again"


class AnswerFailed(UpstreamFailed):
    code = "answer_failed"
    title = "The agent could not answer"
