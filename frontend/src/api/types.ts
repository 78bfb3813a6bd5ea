import type { components } from "./schema";

/** Short names for what the API speaks of; the shapes are generated from its description. */
type Schemas = components["schemas"];

export type User = Schemas["UserView"];
export type ApiKey = Schemas["ApiKeyView"];

export type Agent = Schemas["AgentView"];
export type AgentCreate = Schemas["CreateAgent"];
export type AgentUpdate = Schemas["UpdateAgent"];
export type Version = Schemas["VersionView"];
export type VersionDiff = Schemas["VersionDiff"];
export type Model = Schemas["ModelView"];

export type KnowledgeFile = Schemas["KnowledgeFileView"];
export type Source = Schemas["SourceView"];
export type SourceCreate = Schemas["SourceCreate"];
export type FileStage = Schemas["StageView"];
export type Formats = Schemas["FormatsView"];
export type Retrieval = Schemas["RetrievalView"];
export type RetrievedChunk = Schemas["RetrievedChunkView"];
export type CoverageReport = Schemas["CoverageView"];
export type CoverageResult = Schemas["QuestionCoverage"];
/** What is left out filters nothing. */
export type Filter = Partial<Schemas["Filter"]>;
export type RetrievalSettings = Schemas["RetrievalSettings"];
export type Chunk = Schemas["ChunkView"];

export type Session = Schemas["SessionView"];
export type SessionDetail = Schemas["SessionWithHistory"];
export type Message = Schemas["MessageView"];
export type Citation = Schemas["CitationView"];
export type Usage = Schemas["UsageView"];

export type CatalogEntry = Schemas["CatalogEntry"];
export type Provider = Schemas["ConnectionView"];
export type ProviderCreate = Schemas["CreateConnection"];
export type ProviderUpdate = Schemas["UpdateConnection"];
export type ProviderTest = Schemas["ProbeOutcome"];
export type AdminSettings = Schemas["InstallationView"];
export type AdminSettingsUpdate = Schemas["UpdateInstallation"];
export type EmbeddingOverview = Schemas["EmbeddingOverview"];
export type EmbeddingIndex = Schemas["EmbeddingIndexView"];
export type EmbeddingProvider = Schemas["EmbeddingProviderView"];
export type EmbeddingChoice = Schemas["ChooseEmbedding"];
export type EmbeddingTrial = Schemas["EmbeddingTrial"];
