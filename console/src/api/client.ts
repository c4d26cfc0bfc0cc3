import { Problem, Unreachable } from "@/lib/problem";
import { noteAnswer } from "./line";
import { remembered } from "./remembered";
import type { Answer, Body, Method, PathOf, PathParameters, Query } from "./types";

type Beside = {
  key?: string;
  /** Headers that only this request has. */
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
};
type Options<P extends PathOf<M>, M extends Method> = Beside & {
  path?: PathParameters<P, M>;
  query?: Query<P, M>;
  body?: Body<P, M> | FormData;
};

// These are answered 401 for reasons of their own, which a new pair of cookies does not change.
const NOT_RENEWED = new Set(["/api/auth/login", "/api/auth/logout", "/api/auth/change-password"]);
const WHO_AM_I = "/api/auth/me";
const EARLY_MS = 20_000;
const listeners = new Set<() => void>();
let renewal: Promise<boolean> | null = null;

/** Call `listener` whenever the session turns out to have ended; returns what stops that. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Tell those who listen that the session has ended. */
export function saySignedOut(): void {
  for (const listener of listeners) listener();
}

/** One request, by the cookies of the browser. Rejects with a Problem, which is Unreachable without an answer.
 *
 * A session whose access has run out is renewed once, and the request repeated: that is safe, for it was not heard. */
export async function call<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  options: Options<P, M> = {},
): Promise<Answer<P, M>> {
  return read(await answered(method, addressOf(path, options.path, options.query), options));
}

export type SavedFile = { name: string; content: Blob };

/** A file that the API makes, with the name that it gives it. Rejects with a Problem. */
export async function readFile<P extends PathOf<"get">>(path: P, options: Options<P, "get">): Promise<SavedFile> {
  const response = await answered("get", addressOf(path, options.path, options.query), options);
  if (!response.ok) return read(response);
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  const content = await response.blob().catch(() => {
    throw new Unreachable();
  });
  return { name: name ?? "file", content };
}

/** What is answered to a request, which is made again once the session was renewed. */
async function answered(method: Method, address: string, options: Sent): Promise<Response> {
  const request = () => send(method, address, options);
  let response = await request();
  if (response.status === 401 && !NOT_RENEWED.has(address)) {
    if (await renewed()) response = await request();
    if (response.status === 401 && address !== WHO_AM_I) saySignedOut();
  }
  return response;
}

/** Gets the next pair of cookies; those who ask at the same time share the answer. */
function renewed(): Promise<boolean> {
  if (remembered() === null) return Promise.resolve(false);
  renewal ??= send("post", "/api/auth/refresh", {})
    .then(response => response.ok)
    .catch(() => false)
    .finally(() => {
      renewal = null;
    });
  return renewal;
}

type Sent = Beside & { body?: unknown };

async function send(method: Method, address: string, { body, key, signal, headers: own }: Sent): Promise<Response> {
  const headers: Record<string, string> = {
    Accept: "application/json",
    "X-Requested-With": "console",
    ...own,
  };
  if (key) headers["Idempotency-Key"] = key;
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  const content = body === undefined ? null : isForm ? body : JSON.stringify(body);
  try {
    const init = { method: method.toUpperCase(), headers, body: content, signal: signal ?? null };
    const response = await (askedEarly(method, address) ?? fetch(address, init));
    noteAnswer(true);
    return response;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    noteAnswer(false);
    throw new Unreachable();
  }
}

/** Whether the answer to a question is on its way already, and nobody has taken it. */
export function isAskedEarly(address: PathOf<"get">): boolean {
  return window.asked?.has(address) ?? false;
}

/** The answer to what `public/start.js` has asked already: to whoever asks first, while it is new, and nothing was done
 * since, such as signing in. */
function askedEarly(method: Method, address: string): Promise<Response> | undefined {
  if (method !== "get" || performance.now() > EARLY_MS) window.asked?.clear();
  const answer = window.asked?.get(address);
  window.asked?.delete(address);
  return answer;
}

async function read<T>(response: Response): Promise<T> {
  const text = await response.text().catch(() => {
    throw new Unreachable();
  });
  const content = parsed(text);
  if (response.ok && content !== null) return content as T;
  const problem = (content ?? {}) as Record<string, unknown>;
  throw new Problem(
    response.status,
    String(problem.message ?? response.statusText),
    String(problem.code ?? "unknown"),
    fieldsOf(problem.errors),
    response.headers.get("X-Request-Id"),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function fieldsOf(errors: unknown): Record<string, string> {
  if (!Array.isArray(errors)) return {};
  return Object.fromEntries(errors.map(({ field, message }) => [String(field), String(message)]));
}

function addressOf(path: string, parameters: unknown = {}, query: unknown = {}): string {
  const values = new Map<string, unknown>(Object.entries(parameters as object));
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values.get(name))));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query as object)) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  return search.size ? `${filled}?${search}` : filled;
}
