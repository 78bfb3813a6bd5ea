/** What the server says when it refuses (RFC 9457), or what we say when it cannot be reached. */
export interface Problem {
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string | null;
  errors: { loc: (string | number)[]; message: string }[];
}

export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
    this.problem = problem;
  }

  get status() {
    return this.problem.status;
  }

  get code() {
    return this.problem.code;
  }
}

const UNREACHABLE: Problem = {
  title: "AgentGrid can't be reached",
  status: 0,
  detail: "AgentGrid can't be reached. Check your connection; nothing you saved is lost.",
  code: "unreachable",
  request_id: null,
  errors: [],
};

export function unreachable(): ApiError {
  return new ApiError(UNREACHABLE);
}

/** Reads a failed response; a proxy's HTML page becomes a plain sentence. */
export async function problemFrom(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  return new ApiError(parseProblem(text, response.status, response.headers.get("x-request-id")));
}

function parseProblem(text: string, status: number, requestId: string | null): Problem {
  const fallback: Problem = {
    title: "Something went wrong",
    status,
    detail: `The server answered ${status} without saying why. Try again in a moment.`,
    code: "unknown",
    request_id: requestId,
    errors: [],
  };
  try {
    const body = JSON.parse(text) as Partial<Problem>;
    return {
      title: body.title ?? fallback.title,
      status: body.status ?? status,
      detail: body.detail ?? body.title ?? fallback.detail,
      code: body.code ?? fallback.code,
      request_id: body.request_id ?? requestId,
      errors: body.errors ?? [],
    };
  } catch {
    return fallback;
  }
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof TypeError) return unreachable();
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiError({ ...UNREACHABLE, title: "Something went wrong", detail, code: "unknown" });
}
