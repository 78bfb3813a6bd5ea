import { queryOptions } from "@tanstack/react-query";
import { body, client } from "@/api/client";
import type { EmbeddingChoice } from "@/api/types";

const POLL_MS = 1500;

/** The embedding model in use and the one being prepared; asked again while that goes on. */
export const embeddingQuery = () =>
  queryOptions({
    queryKey: ["admin", "embedding"],
    queryFn: ({ signal }) => body(client.GET("/api/v1/admin/embedding", { signal })),
    refetchInterval: (query) => (query.state.data?.next?.state === "building" ? POLL_MS : false),
  });

export const chooseEmbedding = (choice: EmbeddingChoice) =>
  body(client.POST("/api/v1/admin/embedding", { body: choice }));

export const testEmbedding = (choice: EmbeddingChoice) =>
  body(client.POST("/api/v1/admin/embedding/test", { body: choice }));

export const retryEmbedding = () => body(client.POST("/api/v1/admin/embedding/next/retry"));

export const cancelEmbedding = () => client.DELETE("/api/v1/admin/embedding/next");
