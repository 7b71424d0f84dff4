// Addresses of pages: `#/events/gala/holds?by=expiry`. Filters and cursors stand in the address, so the back button undoes them.

/** @typedef {{ pieces: string[], query: Record<string, string> }} Place */

/**
 * The link to a place.
 * @param {(string | number)[]} pieces
 * @param {Record<string, any>} [query] what is undefined, null or empty is left out
 */
export function link(pieces, query = {}) {
  const kept = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const tail = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return `#/${pieces.map((piece) => encodeURIComponent(piece)).join("/")}${tail ? `?${tail}` : ""}`;
}

/**
 * The place that the address names.
 * @returns {Place}
 */
export function here() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  return { pieces: path.split("/").filter(Boolean).map(decoded), query: Object.fromEntries(new URLSearchParams(query)) };
}

/**
 * Goes to a place, as a link does.
 * @param {(string | number)[]} pieces
 * @param {Record<string, any>} [query]
 */
export function go(pieces, query) {
  location.hash = link(pieces, query);
}

/**
 * Changes filters of the present place. What belongs to the page that was read so far, the cursor, goes.
 * @param {Record<string, any>} change
 */
export function filter(change) {
  const { pieces, query } = here();
  const { cursor, before, ...rest } = query;
  go(pieces, { ...rest, ...change });
}

/** @param {string} piece */
function decoded(piece) {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}
