type Role = "admin" | "maker" | "member";
export interface User {
  id: string;
  email: string;
  name: string;
  role: Role;
  created_at: string;
}
export interface Setup {
  needs_admin: boolean;
  registration_open: boolean;
  demo_agent_id: string | null;
  version: string;
}
export interface TokenPair {
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
}
export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}
export interface NewApiKey extends ApiKey {
  key: string;
}
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

interface AgentSpec {
  instruction: string;
  model: string;
  fallbacks: string[];
  temperature: number | null;
  max_tokens: number | null;
  welcome_message: string;
  starter_questions: string[];
  retrieval: { enabled: boolean; limit: number };
}
export interface Agent {
  id: string;
  slug: string;
  name: string;
  description: string;
  emblem: string;
  owner_id: string | null;
  created_at: string;
  updated_at: string;
  active_version: { id: string; number: number; created_at: string };
  spec: AgentSpec;
  files: { total: number; ready: number; processing: number; failed: number };
  last_used_at: string | null;
  is_demo: boolean;
}
export type AgentCreate = {
  name: string;
  description?: string;
  emblem?: string;
} & Partial<AgentSpec>;
export type AgentUpdate = Partial<AgentCreate> & { change_summary?: string; base_version?: number };
export interface Version {
  id: string;
  agent_id: string;
  number: number;
  parent_number: number | null;
  author: { id: string; name: string } | null;
  change_summary: string;
  spec: AgentSpec;
  content_hash: string;
  knowledge_sequence: number | null;
  active: boolean;
  created_at: string;
}
export interface VersionDiff {
  from: number;
  to: number;
  changes: { field: string; before: unknown; after: unknown }[];
  files: { added: string[]; removed: string[] };
}

export type FileStatus = "queued" | "extracting" | "chunking" | "embedding" | "ready" | "failed";
export interface KnowledgeFile {
  id: string;
  agent_id: string;
  name: string;
  media_type: string;
  size: number;
  status: FileStatus;
  progress: number;
  error: { code: string; reason: string; advice: string } | null;
  warning: string | null;
  pages: number | null;
  chunks: number | null;
  created_at: string;
  updated_at: string;
}
export interface Chunk {
  id: string;
  position: number;
  text: string;
  page: number | null;
  heading_path: string[];
  char_start: number;
  char_end: number;
  token_count: number;
}
export interface FileText {
  text: string;
  start: number;
  end: number;
  total: number;
  pages: { number: number; char_start: number; char_end: number }[];
}
type Coverage = "full" | "partial" | "none";
export interface RetrievedChunk {
  chunk_id: string;
  file_id: string;
  file_name: string;
  page: number | null;
  heading_path: string[];
  char_start: number;
  char_end: number;
  text: string;
  score: number;
  confidence: number;
}
export interface Retrieval {
  chunks: RetrievedChunk[];
  coverage: Coverage;
  confidence: number;
  queries: string[];
  time_ms: number;
}

export interface Session {
  id: string;
  agent_id: string;
  title: string;
  pinned: boolean;
  version_id: string | null;
  message_count: number;
  created_at: string;
  updated_at: string;
}
export interface Citation {
  number: number;
  chunk_id: string;
  file_id: string;
  file_name: string;
  page: number | null;
  char_start: number;
  char_end: number;
  quote: string;
  confidence: number;
  heading_path: string[];
}
export interface Usage {
  provider: string;
  model: string;
  prompt_tokens: number;
  completion_tokens: number;
  cost_usd: string | null;
}
export interface Message {
  id: string;
  session_id: string;
  seq: number;
  parent_id: string | null;
  role: "user" | "assistant";
  content: string;
  status: "streaming" | "complete" | "stopped" | "failed";
  citations: Citation[];
  coverage: Coverage | null;
  confidence: number | null;
  usage: Usage | null;
  version: number | null;
  latency_ms: number | null;
  first_token_ms: number | null;
  error: { code: string; message: string } | null;
  feedback: { rating: "up" | "down" | null; text: string } | null;
  created_at: string;
  steps: ({ name: string; time_ms?: number } & Record<string, unknown>)[];
}
export interface SessionDetail extends Session {
  messages: Message[];
  running: string | null;
}

export interface CatalogEntry {
  provider: string;
  label: string;
  wire: "openai" | "anthropic" | "google";
  default_base_url: string | null;
  needs_key: boolean;
}
export interface Provider {
  id: string;
  name: string;
  provider: string;
  base_url: string | null;
  key_hint: string | null;
  enabled: boolean;
  created_at: string;
  updated_at: string;
}
export interface ProviderTest {
  ok: boolean;
  latency_ms: number;
  models: string[];
  error: string | null;
}
export interface Model {
  id: string;
  provider: string;
  model: string;
  profile: {
    context_length: number;
    max_output_tokens: number | null;
    tools: boolean;
    json_schema: boolean;
    vision: boolean;
    streaming: boolean;
    small: boolean;
  };
}
export interface AdminSettings {
  registration_open: boolean;
  default_model: string;
}
