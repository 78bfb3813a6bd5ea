import { asApiError } from "@/lib/problem";

/** What is said of the files of one batch. */
export interface HowToAdd {
  tags: string[];
  /** Whether older documents of the same name go, once the new one can be asked. */
  replace: boolean;
}

/** A file on its way to the server, or refused. */
export interface Upload {
  key: string;
  file: File;
  how: HowToAdd;
  state: "waiting" | "sending" | "refused";
  /** The share that is sent, 0 to 1. */
  progress: number;
  /** Why it was refused, in plain words. */
  error: string | null;
  /** Whether sending it again may help. */
  canRetry: boolean;
}

export interface Batch {
  uploads: readonly Upload[];
  /** Files of this run that the server has, and all of them; a run ends when nothing is sent. */
  done: number;
  total: number;
}

interface Options {
  send: (upload: Upload, onProgress: (share: number) => void, signal: AbortSignal) => Promise<void>;
  /** Called when a run has ended. */
  onEnd: () => void;
}

const AT_ONCE = 3;
const EMPTY: Batch = { uploads: [], done: 0, total: 0 };

/** Sends files, a few at a time. It lives outside the page, so that its reader may leave. */
export class UploadQueue {
  private batch = EMPTY;
  private counter = 0;
  private readonly controllers = new Map<string, AbortController>();
  private readonly listeners = new Set<() => void>();
  private readonly options: Options;

  constructor(options: Options) {
    this.options = options;
  }

  readonly get = (): Batch => this.batch;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Adds files; `refuse` says at once what the server would only say after the upload. */
  readonly add = (
    files: readonly File[],
    how: HowToAdd,
    refuse: (file: File) => string | null,
  ): void => {
    const added = files.map((file): Upload => {
      this.counter += 1;
      const error = refuse(file);
      const state = error === null ? "waiting" : "refused";
      return {
        ...{ key: `upload-${this.counter}`, file, how, state },
        ...{ progress: 0, error, canRetry: false },
      };
    });
    const sent = added.filter((upload) => upload.state === "waiting").length;
    this.set({
      uploads: [...this.batch.uploads, ...added],
      done: this.batch.done,
      total: this.batch.total + sent,
    });
    this.fill();
  };

  readonly retry = (keys: readonly string[]): void => {
    const again = new Set(keys);
    this.set({
      ...this.batch,
      total: this.batch.total + again.size,
      uploads: this.batch.uploads.map((upload) =>
        again.has(upload.key) ? { ...upload, state: "waiting", error: null, progress: 0 } : upload,
      ),
    });
    this.fill();
  };

  /** Takes files out of the list; one that is being sent is stopped. */
  readonly drop = (keys: readonly string[]): void => {
    const gone = new Set(keys);
    const dropped = this.batch.uploads.filter(({ key }) => gone.has(key));
    for (const { key } of dropped) this.controllers.get(key)?.abort();
    const unsent = dropped.filter(({ state }) => state !== "refused").length;
    this.set({
      uploads: this.batch.uploads.filter(({ key }) => !gone.has(key)),
      done: this.batch.done,
      total: this.batch.total - unsent,
    });
    this.finish();
  };

  private fill(): void {
    while (this.controllers.size < AT_ONCE) {
      const next = this.batch.uploads.find(({ state }) => state === "waiting");
      if (!next) break;
      void this.send(next);
    }
    this.finish();
  }

  private async send(upload: Upload): Promise<void> {
    const controller = new AbortController();
    this.controllers.set(upload.key, controller);
    this.change(upload.key, { state: "sending", progress: 0 });
    try {
      await this.options.send(
        upload,
        (progress) => this.change(upload.key, { progress }),
        controller.signal,
      );
      this.set({
        ...this.batch,
        done: this.batch.done + 1,
        uploads: this.batch.uploads.filter(({ key }) => key !== upload.key),
      });
    } catch (error) {
      if (!controller.signal.aborted) this.refuse(upload, error);
    } finally {
      this.controllers.delete(upload.key);
      this.fill();
    }
  }

  private refuse(upload: Upload, error: unknown): void {
    const { status, problem } = asApiError(error);
    const canRetry = status === 0 || status === 429 || status >= 500;
    this.change(upload.key, { state: "refused", error: problem.detail, canRetry });
    this.set({ ...this.batch, total: this.batch.total - 1 });
  }

  private finish(): void {
    if (this.batch.total === 0 || this.batch.uploads.some(({ state }) => state !== "refused")) {
      return;
    }
    this.set({ ...this.batch, done: 0, total: 0 });
    this.options.onEnd();
  }

  private change(key: string, change: Partial<Upload>): void {
    this.set({
      ...this.batch,
      uploads: this.batch.uploads.map((upload) =>
        upload.key === key ? { ...upload, ...change } : upload,
      ),
    });
  }

  private set(batch: Batch): void {
    this.batch = batch;
    for (const listener of this.listeners) listener();
  }
}
