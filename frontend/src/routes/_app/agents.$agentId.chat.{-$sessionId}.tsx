import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { agentQuery } from "@/api/agents";
import { sessionQuery } from "@/api/sessions";
import { ChatPage } from "@/features/chat/ChatPage";
import { parseSource, sourceToken } from "@/features/chat/citations";

export const Route = createFileRoute("/_app/agents/$agentId/chat/{-$sessionId}")({
  validateSearch: (search: Record<string, unknown>): { source?: string; found?: string } => ({
    source: typeof search.source === "string" ? search.source : undefined,
    found: typeof search.found === "string" ? search.found : undefined,
  }),
  loader: ({ context, params }) => {
    if (params.sessionId) void context.queries.prefetchQuery(sessionQuery(params.sessionId));
  },
  component: Chat,
});

function Chat() {
  const { agentId, sessionId } = Route.useParams();
  const { source, found } = Route.useSearch();
  const { data: agent } = useSuspenseQuery(agentQuery(agentId));
  const navigate = Route.useNavigate();
  return (
    <ChatPage
      agent={agent}
      sessionId={sessionId}
      source={parseSource(source)}
      onSource={(next) =>
        navigate({
          search: (old) => ({ ...old, source: next ? sourceToken(next) : undefined }),
          replace: Boolean(source),
        })
      }
      foundId={found}
      onFound={(id) => navigate({ search: { found: id }, replace: Boolean(found) })}
      onSession={(id) => navigate({ params: { agentId, sessionId: id }, search: {} })}
    />
  );
}
