// What the executions of the job `reconcile` say, as pages show it.

/** The classes that somebody looks at, in the order of reports. */
export const CLASSES = ["PAID_NO_SEAT", "PAID_UNKNOWN", "PAID_TWICE", "SEAT_UNPAID", "AMOUNT_DIFFERS", "CURRENCY_DIFFERS", "REFUND_MISSING", "REFUND_UNRECORDED", "REFUND_UNEXPECTED", "CHARGEBACK", "CANCELLED_UNREFUNDED", "LINE_REPEATED", "TIMING"];

/**
 * How many there are of each class, and what they come to, without signs.
 * @param {Record<string, number> | undefined} figures of an execution
 * @returns {{ name: string, count: number, money: [currency: string, minor: number][] }[]}
 */
export function classesOf(figures = {}) {
  return CLASSES.map((name) => {
    const word = name.toLowerCase();
    const sums = Object.entries(figures).filter(([key]) => key.startsWith(`${word}_minor_`));
    return { name, count: figures[word] ?? 0, money: sums.map(([key, minor]) => /** @type {[string, number]} */ ([key.slice(-3).toUpperCase(), minor])) };
  }).filter(({ count }) => count > 0);
}

/**
 * What was asked for, from the words of the job.
 * @param {string[]} words
 */
export function askedOf([profile = "", ...words]) {
  /** @type {Record<string, string>} */
  const asked = {};
  for (let at = 0; at < words.length; at++) {
    const word = words[at].toUpperCase();
    if (word === "FILES") return { profile, asked, files: words.slice(at + 1) };
    if (word === "ORDERS") asked[word] = "";
    else asked[word] = words[++at] ?? "";
  }
  return { profile, asked, files: [] };
}

/**
 * The lines of a page of results: differences, and what is to be paid back.
 * @param {string[]} lines
 * @returns {any[]}
 */
export const linesOf = (lines) => lines.map((line) => JSON.parse(line));
