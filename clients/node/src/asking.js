// When a command is sent once more, and what keys are made of.
import { createHash, randomUUID } from "node:crypto";
import { NotNow, Unheard, refusalOf } from "./errors.js";

export const PATIENCE_MS = 5_000; // so long a customer looks at a spinner
export const FIRST_MS = 50;
const LONGEST_MS = 2_000;
const KEY_MAX = 128;

/** A key for one intention. Make it once, before anything is sent, and keep it where the intention is kept. */
export const newKey = () => randomUUID();

/**
 * The key of a step of an intention: the same parts give the same key, also after a crash. The parts are in it as they are; what
 * would be too long, or is no name, is in it as its hash.
 */
export function stepKey(key, ...step) {
  const made = [key, ...step].join("/");
  if (made.length <= KEY_MAX && /^[!-~]*$/.test(made)) return made;
  return `${key.slice(0, KEY_MAX - 33)}/${createHash("sha256").update(made).digest("hex").slice(0, 32)}`;
}

/**
 * How one command is sent until its answer is known. The words are the same each time, the key among them, so it makes no
 * difference how often they arrive: it happens once, and every repetition gets the first answer.
 */
export class Attempts {
  #until;
  #pause = FIRST_MS;

  constructor(within) {
    this.#until = performance.now() + within;
  }

  /** Milliseconds to wait before it is sent again. Throws what stands: a refusal, or that the time is up. */
  pauseAfter(error) {
    const problem = refusalOf(error);
    if (!(problem instanceof NotNow || problem instanceof Unheard)) throw problem;
    // Those who were refused together shall not come back together.
    const wait = (problem.retryAfter ?? this.#pause) * (1 + Math.random() / 2);
    if (performance.now() + wait > this.#until) throw problem;
    this.#pause = Math.min(2 * this.#pause, LONGEST_MS);
    return wait;
  }
}

export function checkWords(words) {
  const isWord = (word) => typeof word === "string" || Number.isSafeInteger(word) || Buffer.isBuffer(word);
  if (!words.every(isWord)) throw new TypeError(`words are strings, whole numbers and buffers: ${JSON.stringify(words)}`);
}
