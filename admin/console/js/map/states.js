// What each seat is now, with sums of each line, section and of all, kept as changes come.

/** Characters of PICTURE in the order of their codes. */
const CHARACTERS = ".hpsx-";
export const NAMES = ["free", "held", "paying", "sold", "blocked", "removed"];
/** Of how many statuses sums are kept. */
const KINDS = NAMES.length;

/** @typedef {{ capacity: number, free: number, held: number, paying: number, sold: number }} AreaSums */

export class States {
  /** @param {import("./plan.js").Hall} hall */
  constructor(hall) {
    this.hall = hall;
    this.of = new Uint8Array(hall.seats).fill(4);
    this.lineSums = new Uint32Array(hall.lines.length * KINDS);
    this.blockSums = new Uint32Array(hall.blocks.length * KINDS);
    /** @type {Map<string, AreaSums>} */
    this.areas = new Map();
    this.#recount();
  }

  /** Takes the statuses of all seats, a character each.
   * @param {string} text */
  setAll(text) {
    for (let ordinal = 0; ordinal < this.of.length; ordinal++) this.of[ordinal] = Math.max(0, CHARACTERS.indexOf(text[ordinal] ?? "x"));
    this.#recount();
  }

  /** Takes the status of one seat; says whether it is another.
   * @param {number} ordinal @param {string} character */
  set(ordinal, character) {
    const status = CHARACTERS.indexOf(character);
    const before = this.of[ordinal];
    if (status < 0 || ordinal >= this.of.length || status === before) return false;
    this.of[ordinal] = status;
    const line = this.hall.lineOf[ordinal];
    const { block } = this.hall.lines[line];
    this.lineSums[line * KINDS + before]--;
    this.lineSums[line * KINDS + status]++;
    this.blockSums[block * KINDS + before]--;
    this.blockSums[block * KINDS + status]++;
    return true;
  }

  /** @param {string} name @param {number[]} sums capacity, free, held, paying, sold */
  setArea(name, [capacity, free, held, paying, sold]) {
    this.areas.set(name, { capacity, free, held, paying, sold });
  }

  /** The sums of a section by status.
   * @param {number} block */
  block(block) {
    return sums(this.blockSums, block);
  }

  /** The sums of a line by status.
   * @param {number} line */
  line(line) {
    return sums(this.lineSums, line);
  }

  /** The sums of all seats. */
  all() {
    const total = Object.fromEntries(NAMES.map((name) => [name, 0]));
    for (let block = 0; block < this.hall.blocks.length; block++) NAMES.forEach((name, status) => (total[name] += this.blockSums[block * KINDS + status]));
    return total;
  }

  /** The sums of some seats.
   * @param {Iterable<number>} ordinals */
  some(ordinals) {
    const total = Object.fromEntries(NAMES.map((name) => [name, 0]));
    for (const ordinal of ordinals) total[NAMES[this.of[ordinal]]]++;
    return total;
  }

  #recount() {
    this.lineSums.fill(0);
    this.blockSums.fill(0);
    for (let ordinal = 0; ordinal < this.of.length; ordinal++) {
      const line = this.hall.lineOf[ordinal];
      this.lineSums[line * KINDS + this.of[ordinal]]++;
      this.blockSums[this.hall.lines[line].block * KINDS + this.of[ordinal]]++;
    }
  }
}

/** @param {Uint32Array} from @param {number} index @returns {Record<string, number>} */
const sums = (from, index) => Object.fromEntries(NAMES.map((name, status) => [name, from[index * KINDS + status]]));
