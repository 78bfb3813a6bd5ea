import { Box, Skeleton, Stack } from "@mantine/core";
import { IconMapQuestion } from "@tabler/icons-react";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { ButtonLink } from "@/components/links";
import { ApiError } from "@/lib/problem";

export function NotFound() {
  return (
    <EmptyState
      icon={<IconMapQuestion size={24} stroke={1.6} />}
      title="There is nothing at this address"
      action={
        <ButtonLink to="/agents" variant="default">
          Go to your agents
        </ButtonLink>
      }
    >
      It may have been deleted, or you may not be allowed to see it.
    </EmptyState>
  );
}

export function PageError({ error }: ErrorComponentProps) {
  const router = useRouter();
  const [retrying, setRetrying] = useState(false);
  if (error instanceof ApiError && error.status === 404) return <NotFound />;

  async function retry() {
    setRetrying(true);
    await router.invalidate();
    setRetrying(false);
  }

  return (
    <Box p="lg" maw={640} mx="auto" mt="xl">
      <ErrorNotice
        error={error}
        safe="What you saved is safe."
        onRetry={retry}
        retrying={retrying}
      />
      {error instanceof ApiError && error.status === 0 && <RetryWhenBack onBack={retry} />}
    </Box>
  );
}

/** The browser tells when the network is back; then the page tries again by itself. */
function RetryWhenBack({ onBack }: { onBack: () => void }) {
  useEffect(() => {
    window.addEventListener("online", onBack);
    return () => window.removeEventListener("online", onBack);
  }, [onBack]);
  return null;
}

export function PagePending() {
  return (
    <Stack p="xl" gap="md" aria-busy="true" aria-label="Loading">
      <Skeleton h={24} w={200} />
      <Skeleton h={14} w={320} />
      <Skeleton h={120} mt="md" />
    </Stack>
  );
}
