import type { EmbeddingChoice, EmbeddingIndex, EmbeddingProvider } from "@/api/types";

export const BUNDLED = "local";
/** Stands for a key that is typed in, among the connections that have one. */
export const OWN_KEY = "own";

export interface EmbeddingValues {
  provider: string;
  model: string;
  connection: string;
  api_key: string;
  base_url: string;
  dimension: number | "";
}

/** What the form begins with once a provider is chosen: its first model that is not in use. */
export function chosen(
  provider: EmbeddingProvider | undefined,
  active: EmbeddingIndex,
): EmbeddingValues {
  const models = provider?.models ?? [];
  const other = models.find(
    (known) => provider?.provider !== active.provider || known.model !== active.model,
  );
  return {
    provider: provider?.provider ?? "",
    model: (other ?? models[0])?.model ?? "",
    connection: provider?.connections[0]?.id ?? OWN_KEY,
    api_key: "",
    base_url: "",
    dimension: "",
  };
}

/** What is missing, by field. */
export function problems(
  values: EmbeddingValues,
  providers: EmbeddingProvider[],
): Record<string, string> {
  const provider = providers.find((known) => known.provider === values.provider);
  if (!provider) return { provider: "Choose one" };
  const found: Record<string, string> = {};
  if (!values.model.trim()) found.model = "Name the model";
  if (values.connection !== OWN_KEY) return found;
  if (provider.needs_key && !values.api_key.trim()) found.api_key = "Enter a key";
  const address = values.base_url.trim();
  if (provider.needs_base_url && !address) found.base_url = "Enter the server's address";
  if (address && !/^https?:\/\//.test(address)) found.base_url = "Begin with http:// or https://";
  return found;
}

export function asChoice(values: EmbeddingValues): EmbeddingChoice {
  const own = values.connection === OWN_KEY;
  const api_key = values.api_key.trim();
  return {
    provider: values.provider,
    model: values.model.trim(),
    base_url: own ? values.base_url.trim() : "",
    ...(own ? api_key && { api_key } : { connection_id: values.connection }),
    ...(values.dimension !== "" && { dimension: values.dimension }),
  };
}
