import type {
  Agent,
  Citation,
  FileStage,
  KnowledgeFile,
  Message,
  RetrievedChunk,
  SessionDetail,
  Version,
} from "@/api/types";

const AT = "2026-05-04T09:00:00Z";

const spec: Agent["spec"] = {
  instruction: "Answer from the handbook.",
  model: "",
  fallbacks: [],
  temperature: null,
  max_tokens: null,
  welcome_message: "Hello!",
  starter_questions: ["How many days of leave do I have?"],
  retrieval: {
    enabled: true,
    limit: 6,
    answer_from: "documents_first",
    citations: "inline",
    not_found_reply: "",
    queries: "auto",
    rerank: "auto",
    time_budget_ms: 3000,
    tags: [],
  },
};

export function anAgent(over: Partial<Agent> = {}): Agent {
  return {
    id: "agent-1",
    slug: "guide",
    name: "Guide",
    description: "Knows the handbook",
    emblem: "book",
    owner_id: "user-1",
    created_at: AT,
    updated_at: AT,
    active_version: { id: "version-1", number: 1, created_at: AT },
    spec,
    files: { total: 1, ready: 1, processing: 0, failed: 0 },
    last_used_at: null,
    is_demo: false,
    ...over,
  };
}

export function aVersion(number: number, over: Partial<Version> = {}): Version {
  return {
    id: `version-${number}`,
    agent_id: "agent-1",
    number,
    parent_number: number > 1 ? number - 1 : null,
    author: { id: "user-1", name: "Ada Lovelace" },
    change_summary: `Change ${number}`,
    spec,
    content_hash: "00",
    knowledge_sequence: null,
    active: false,
    created_at: AT,
    ...over,
  };
}

const STAGES = ["extracting", "chunking", "embedding", "indexing"] as const;

/** A file's stages in these states; one that runs is half done. */
export function stages(...states: FileStage["state"][]): FileStage[] {
  return STAGES.map((name, at) => {
    const state = states[at] ?? "waiting";
    return {
      ...{ name, state, detail: null },
      progress: state === "done" ? 1 : state === "running" ? 0.5 : 0,
      time_ms: state === "done" ? 1200 : null,
    };
  });
}

export function aFile(over: Partial<KnowledgeFile> = {}): KnowledgeFile {
  return {
    id: "file-1",
    agent_id: "agent-1",
    name: "handbook.pdf",
    media_type: "application/pdf",
    size: 120_000,
    status: "ready",
    progress: 1,
    error: null,
    warning: null,
    pages: 12,
    pages_read: 12,
    chunks: 40,
    tags: [],
    source_url: null,
    source_id: null,
    language: "english",
    askable: "full",
    stages: stages("done", "done", "done", "done"),
    created_at: AT,
    updated_at: AT,
    ...over,
  };
}

export function aCitation(number: number, over: Partial<Citation> = {}): Citation {
  return {
    number,
    chunk_id: `chunk-${number}`,
    file_id: "file-1",
    file_name: "handbook.pdf",
    page: number,
    char_start: 10,
    char_end: 20,
    quote: "28 days",
    confidence: 0.9,
    heading_path: ["Leave"],
    ...over,
  };
}

export function aFound(over: Partial<RetrievedChunk> = {}): RetrievedChunk {
  return {
    chunk_id: "chunk-1",
    file_id: "file-1",
    file_name: "handbook.pdf",
    page: 14,
    heading_path: ["Leave"],
    char_start: 100,
    char_end: 160,
    text: "Everybody has 28 days of paid leave in a calendar year.",
    score: 1.4,
    confidence: 0.82,
    dense_score: 0.61,
    lexical_score: 7.2,
    rerank_score: null,
    queries: [0],
    neighbour: false,
    tags: [],
    ...over,
  };
}

export function aMessage(over: Partial<Message> = {}): Message {
  return {
    id: "message-2",
    session_id: "session-1",
    seq: 2,
    parent_id: "message-1",
    role: "assistant",
    content: "You have 28 days [1].",
    status: "complete",
    citations: [],
    coverage: null,
    confidence: null,
    usage: null,
    version: 1,
    latency_ms: 900,
    first_token_ms: 120,
    error: null,
    feedback: null,
    created_at: AT,
    steps: [],
    ...over,
  };
}

export function aQuestion(over: Partial<Message> = {}): Message {
  return aMessage({
    id: "message-1",
    seq: 1,
    parent_id: null,
    role: "user",
    content: "How many days?",
    version: null,
    ...over,
  });
}

export function aSession(over: Partial<SessionDetail> = {}): SessionDetail {
  return {
    id: "session-1",
    agent_id: "agent-1",
    title: "Days of leave",
    pinned: false,
    version_id: null,
    message_count: 0,
    created_at: AT,
    updated_at: AT,
    messages: [],
    running: null,
    ...over,
  };
}
