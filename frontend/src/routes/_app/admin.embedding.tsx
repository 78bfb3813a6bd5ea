import { createFileRoute } from "@tanstack/react-router";
import { EmbeddingPage } from "@/features/admin/EmbeddingPage";

export const Route = createFileRoute("/_app/admin/embedding")({
  component: EmbeddingPage,
});
