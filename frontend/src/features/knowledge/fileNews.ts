import type { QueryClient } from "@tanstack/react-query";
import { agentQuery } from "@/api/agents";
import { filesQuery, tagsQuery } from "@/api/files";
import type { KnowledgeFile } from "@/api/types";

const GATHER_MS = 80;

export function isProcessing(file: KnowledgeFile): boolean {
  return file.status !== "ready" && file.status !== "failed";
}

/** The list with some files as they are now; those that were not there yet come first. */
export function mergeFiles(
  files: readonly KnowledgeFile[],
  news: ReadonlyMap<string, KnowledgeFile | null>,
): KnowledgeFile[] {
  const known = new Set(files.map((file) => file.id));
  const added = [...news.values()].flatMap((file) => (file && !known.has(file.id) ? file : []));
  const kept = files.flatMap((file) => {
    const now = news.get(file.id);
    if (now === null) return [];
    return now && Date.parse(now.updated_at) >= Date.parse(file.updated_at) ? now : file;
  });
  return [...added.reverse(), ...kept];
}

/**
 * Puts news of files into the list. They are gathered first: the stream begins with every file,
 * and a list of a thousand must not be made a thousand times.
 */
export class FileNews {
  private readonly news = new Map<string, KnowledgeFile | null>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly queries: QueryClient;
  private readonly agentId: string;

  constructor(queries: QueryClient, agentId: string) {
    this.queries = queries;
    this.agentId = agentId;
  }

  readonly put = (file: KnowledgeFile): void => this.take(file.id, file);

  readonly remove = (id: string): void => this.take(id, null);

  private take(id: string, file: KnowledgeFile | null): void {
    this.news.set(id, file);
    this.timer ??= setTimeout(() => void this.apply(), GATHER_MS);
  }

  private async apply(): Promise<void> {
    const { queryKey } = filesQuery(this.agentId);
    // A list on its way was read before this news and must not undo it.
    await this.queries
      .getQueryCache()
      .find({ queryKey })
      ?.promise?.catch(() => undefined);
    this.timer = null;
    const news = new Map(this.news);
    this.news.clear();
    const before = this.queries.getQueryData<KnowledgeFile[]>(queryKey);
    // Nobody has read the list yet: whoever does gets these news with it.
    if (!before) return;
    const after = mergeFiles(before, news);
    this.queries.setQueryData(queryKey, after);
    if (this.isWorthCounting(before, news)) this.countAgain();
  }

  /** Whether a file came, went or ended: what other pages say of the documents follows that. */
  private isWorthCounting(
    before: readonly KnowledgeFile[],
    news: ReadonlyMap<string, KnowledgeFile | null>,
  ): boolean {
    const statuses = new Map(before.map((file) => [file.id, file.status]));
    return [...news].some(([id, file]) => file?.status !== statuses.get(id));
  }

  private countAgain(): void {
    const { queryKey } = agentQuery(this.agentId);
    void this.queries.invalidateQueries({ queryKey, exact: true });
    void this.queries.invalidateQueries({ queryKey: tagsQuery(this.agentId).queryKey });
  }
}
