// Requests to the admin port. Paths are relative to the page, so a proxy may serve the console below another path.

/** What the server, or the way to it, refused. `kind` is a kind of the protocol, or `UNREACHABLE`, or `ROUTE` where a server has no such route. */
export class ApiError extends Error {
  /** @param {{ kind: string, code?: string, message: string, remedy?: string, status?: number, retryAfter?: number }} of */
  constructor({ kind, code = "", message, remedy = "", status = 0, retryAfter = 0 }) {
    super(message);
    Object.assign(this, { name: "ApiError" });
    this.kind = kind;
    this.code = code;
    this.remedy = remedy;
    this.status = status;
    /** Seconds until it makes sense to ask again; 0 if nothing was said. */
    this.retryAfter = retryAfter;
  }
}

/** @type {(() => void) | undefined} */
let loggedOut;

/**
 * What is called when a request finds that there is no session any more.
 * @param {() => void} listener
 */
export function onLoggedOut(listener) {
  loggedOut = listener;
}

/**
 * Pieces of a path, each of them encoded.
 * @param {...(string | number)} pieces
 */
export const path = (...pieces) => pieces.map((piece) => encodeURIComponent(piece)).join("/");

/**
 * The address of a route of the API.
 * @param {string} route
 * @param {Record<string, any>} [query] what is undefined, null or empty is left out
 */
export function address(route, query = {}) {
  const url = new URL(`api/v1/${route}`, document.baseURI);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, String(value));
  }
  return url;
}

/**
 * Reads a route of the API.
 * @param {string} route
 * @param {Record<string, any>} [query]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export const get = (route, query, signal) => request(address(route, query), { signal });

/**
 * Reads `/health`, which is no part of the API and which 503 belongs to.
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export const health = (signal) => request(new URL("health", document.baseURI), { signal }, [503]);

/**
 * Reads `/readyz`, which also says how far a recovery is.
 * @returns {Promise<any>}
 */
export const readiness = () => request(new URL("readyz", document.baseURI), {}, [503]);

/**
 * Sends a body to a route of the API.
 * @param {"POST" | "DELETE"} method
 * @param {string} route
 * @param {unknown} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export function send(method, route, body, signal) {
  const headers = { "content-type": "application/json" };
  return request(address(route), { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
}

/**
 * @param {URL} url
 * @param {RequestInit} options
 * @param {number[]} [also] statuses that are no errors
 */
async function request(url, options, also = []) {
  let response;
  let text;
  try {
    response = await fetch(url, { ...options, credentials: "same-origin", cache: "no-store", redirect: "error" });
    text = await response.text();
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new ApiError({ kind: "UNREACHABLE", message: String(cause instanceof Error ? cause.message : cause) });
  }
  const value = parsed(text);
  if (response.ok || (also.includes(response.status) && value !== undefined)) return value ?? null;
  const told = /** @type {any} */ (value)?.error;
  const login = url.pathname.endsWith("/session") && options.method === "POST";
  if (response.status === 401 && !login) loggedOut?.();
  throw new ApiError({
    kind: told?.kind ?? (response.status === 404 ? "ROUTE" : "HTTP"),
    code: told?.code,
    message: told?.message ?? `${response.status} ${response.statusText}`,
    remedy: told?.remedy,
    status: response.status,
    retryAfter: Number(response.headers.get("retry-after")) || 0,
  });
}

/** @param {string} text */
function parsed(text) {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
