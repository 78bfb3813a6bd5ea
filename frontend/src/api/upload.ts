import type { KnowledgeFile } from "@/api/types";
import { authorization } from "@/lib/auth";
import { problemFrom, unreachable } from "@/lib/problem";

interface Options {
  tags: string[];
  /** Whether older documents of the name go, once this one can be asked. */
  replace: boolean;
  /** Called with the share of the file that is sent, 0 to 1. */
  onProgress: (share: number) => void;
  signal: AbortSignal;
}

const NO_BODY = new Set([204, 205, 304]);

/** `fetch` cannot tell how much of a body is sent; `XMLHttpRequest` can. */
function send(
  url: string,
  form: FormData,
  token: string | null,
  { onProgress, signal }: Options,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    if (token) request.setRequestHeader("authorization", token);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      const id = request.getResponseHeader("x-request-id");
      resolve(
        new Response(NO_BODY.has(request.status) ? null : request.responseText, {
          status: request.status,
          headers: id ? { "x-request-id": id } : {},
        }),
      );
    };
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException("The upload was stopped.", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/** Sends one document, and tells how far it is. Throws `ApiError` when it is refused. */
export async function uploadFile(
  agentId: string,
  file: File,
  options: Options,
): Promise<KnowledgeFile> {
  const form = new FormData();
  for (const tag of options.tags) form.append("tags", tag);
  if (options.replace) form.append("replace", "true");
  form.append("file", file);
  const url = `${window.location.origin}/api/v1/agents/${agentId}/files`;
  const token = await authorization();
  let response = await send(url, form, token, options);
  if (response.status === 401) {
    const renewed = await authorization(token ?? undefined);
    if (renewed && renewed !== token) response = await send(url, form, renewed, options);
  }
  if (!response.ok) throw await problemFrom(response);
  return (await response.json()) as KnowledgeFile;
}
