import { useSuspenseQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { agentQuery } from "@/api/agents";
import type { Filter } from "@/api/types";
import { KnowledgePage, type KnowledgeState } from "@/features/knowledge/KnowledgePage";
import { isFiltered, readFilter } from "@/lib/filter";

const VIEWS = ["documents", "search", "coverage"] as const;
const TABS = ["overview", "chunks", "text"] as const;

interface Search {
  view?: (typeof VIEWS)[number];
  file?: string;
  tab?: (typeof TABS)[number];
  /** The characters that the document is opened at: "120-480". */
  at?: string;
  query?: string;
  filter?: Filter;
}

const text = (value: unknown) => (typeof value === "string" && value ? value : undefined);

export const Route = createFileRoute("/_app/agents/$agentId/knowledge")({
  validateSearch: (search: Record<string, unknown>): Search => {
    const filter = readFilter(search.filter);
    return {
      view: VIEWS.find((view) => view === search.view),
      file: text(search.file),
      tab: TABS.find((tab) => tab === search.tab),
      at: text(search.at),
      // A question that looks like a number comes as one from the address.
      query: typeof search.query === "number" ? String(search.query) : text(search.query),
      filter: isFiltered(filter) ? filter : undefined,
    };
  },
  component: Knowledge,
});

/** What is shown where the address does not say. */
function usualView(query: string | undefined): KnowledgeState["view"] {
  return query ? "search" : "documents";
}

function stateOf(search: Search): KnowledgeState {
  const at = /^(\d+)-(\d+)$/.exec(search.at ?? "");
  return {
    view: search.view ?? usualView(search.query),
    file: search.file,
    place: {
      tab: search.tab ?? "overview",
      passage: at ? { start: Number(at[1]), end: Number(at[2]) } : null,
    },
    query: search.query ?? "",
    filter: search.filter ?? {},
  };
}

function searchOf({ view, file, place, query, filter }: KnowledgeState): Search {
  return {
    view: view === usualView(query) ? undefined : view,
    file,
    tab: file && place.tab !== "overview" ? place.tab : undefined,
    at: file && place.passage ? `${place.passage.start}-${place.passage.end}` : undefined,
    query: query || undefined,
    filter: isFiltered(filter) ? filter : undefined,
  };
}

function Knowledge() {
  const { agentId } = Route.useParams();
  const state = stateOf(Route.useSearch());
  const { data: agent } = useSuspenseQuery(agentQuery(agentId));
  const navigate = Route.useNavigate();
  return (
    <KnowledgePage
      agent={agent}
      state={state}
      onState={(change) => navigate({ search: (old) => searchOf({ ...stateOf(old), ...change }) })}
    />
  );
}
