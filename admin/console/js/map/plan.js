// Reads EVENT PLAN: seats by their ordinals in typed arrays, in lines. A line is a row, or a part of one that an aisle parts from others.

/**
 * @typedef {object} Line
 * @property {string} row
 * @property {number} first ordinal
 * @property {number} count
 * @property {string[]} labels
 * @property {Set<number>} aisles places with an aisle at their right
 * @property {[number, number][]} groups places of seats that are sold together, from and to
 * @property {number} depth rows from the stage
 * @property {number} block index
 * @property {number} y
 */

/**
 * @typedef {object} Block a section
 * @property {string} name
 * @property {"left" | "middle" | "right"} focus
 * @property {boolean} placed the plan says where it stands: beside or before others
 * @property {number[]} lines indexes
 * @property {number} x left edge
 * @property {number} y top edge, below its title
 * @property {number} width
 * @property {number} height
 */

/** @typedef {{ name: string, category: string, capacity: number, x: number, y: number, width: number, height: number }} Area */

/** What a plan has. Places are 0 until `place` of the layout gives them. */
export class Hall {
  /** @type {Line[]} */
  lines = [];
  /** @type {Block[]} */
  blocks = [];
  /** @type {Area[]} */
  areas = [];
  /** @type {string[]} */
  categories = [];
  seats = 0;
  lineOf = new Uint32Array(0);
  category = new Uint16Array(0);
  accessible = new Uint8Array(0);
  x = new Float32Array(0);

  /** The label of a seat.
   * @param {number} ordinal */
  label(ordinal) {
    const line = this.lines[this.lineOf[ordinal]];
    return `${this.blocks[line.block].name}-${line.row}-${line.labels[ordinal - line.first]}`;
  }

  /** The number of a seat in its row.
   * @param {number} ordinal */
  number(ordinal) {
    const line = this.lines[this.lineOf[ordinal]];
    return line.labels[ordinal - line.first];
  }

  /** The ordinal of a label or of `#7`; undefined if there is none.
   * @param {string} label */
  ordinal(label) {
    if (/^#\d+$/.test(label)) return Number(label.slice(1)) < this.seats ? Number(label.slice(1)) : undefined;
    const wanted = label.normalize("NFC");
    for (const line of this.lines) {
      const before = `${this.blocks[line.block].name}-${line.row}-`;
      const place = wanted.startsWith(before) ? line.labels.indexOf(wanted.slice(before.length)) : -1;
      if (place >= 0) return line.first + place;
    }
    return undefined;
  }

  /** @param {number} ordinal */
  y(ordinal) {
    return this.lines[this.lineOf[ordinal]].y;
  }
}

/**
 * Reads a plan.
 * @param {any} plan EVENT PLAN, parsed
 * @returns {Hall}
 */
export function readPlan(plan) {
  const hall = new Hall();
  const names = new Map(Object.keys(plan.categories ?? {}).map((name, index) => [name, index]));
  const categoryOf = (/** @type {string} */ name) => names.get(name) ?? (names.set(name, names.size), names.size - 1);
  /** @type {Map<string, { block: Block, index: number, rows: Map<string, number> }>} */
  const blocks = new Map();
  /** @type {number[]} */
  const categories = [];
  /** @type {number[]} */
  const accessible = [];
  let behind = 0;

  for (const section of plan.sections ?? []) {
    let known = blocks.get(section.name);
    if (!known) {
      const block = /** @type {Block} */ ({ name: section.name, focus: section.focus ?? "middle", placed: false, lines: [], x: 0, y: 0, width: 0, height: 0 });
      known = { block, index: hall.blocks.length, rows: new Map() };
      blocks.set(section.name, known);
      hall.blocks.push(block);
    }
    const { block, index, rows } = known;
    if (section.front || section.focus) block.placed = true;
    let depth = section.front ? section.front - 1 : section.more ? Math.max(-1, ...rows.values()) + 1 : behind;
    categoryOf(section.category);
    for (const row of rowsOf(section.rows)) {
      const at = rows.get(row.name) ?? depth++;
      rows.set(row.name, at);
      behind = Math.max(behind, at + 1);
      depth = Math.max(depth, at + 1);
      block.lines.push(hall.lines.length);
      hall.lines.push(lineOf(row, index, at, hall.seats));
      addSeats(row, categoryOf, categoryOf(row.category ?? section.category), categories, accessible);
      hall.seats += row.labels.length;
    }
  }
  for (const [name, list] of Object.entries(plan.categories ?? {})) for (const ordinal of ordinalsOf(list)) categories[ordinal] = categoryOf(name);

  const gone = new Set(plan.removed?.areas);
  for (const { name, category, capacity } of plan.areas ?? []) {
    if (!gone.has(name)) hall.areas.push({ name, category, capacity, x: 0, y: 0, width: 0, height: 0 });
  }
  hall.categories = [...names.keys()];
  hall.category = Uint16Array.from(categories);
  hall.accessible = Uint8Array.from(accessible);
  hall.x = new Float32Array(hall.seats);
  hall.lineOf = new Uint32Array(hall.seats);
  hall.lines.forEach(({ first, count }, index) => hall.lineOf.fill(index, first, first + count));
  return hall;
}

/** @param {any} row @param {number} block @param {number} depth @param {number} first @returns {Line} */
function lineOf(row, block, depth, first) {
  const { name, labels } = row;
  const groups = (row.groups ?? []).map((/** @type {string[]} */ group) => {
    const places = [...placesOf(group, labels)];
    return [Math.min(...places), Math.max(...places)];
  });
  return { row: name, first, count: labels.length, labels, aisles: placesOf(row.aisles, labels), groups, depth, block, y: 0 };
}

/** @param {any} row @param {(name: string) => number} categoryOf @param {number} category @param {number[]} categories @param {number[]} accessible */
function addSeats(row, categoryOf, category, categories, accessible) {
  const special = new Map();
  for (const [name, list] of Object.entries(row.categories ?? {})) for (const place of placesOf(/** @type {any} */ (list), row.labels)) special.set(place, categoryOf(name));
  const marked = placesOf(row.accessible, row.labels);
  for (let place = 0; place < row.labels.length; place++) {
    categories.push(special.get(place) ?? category);
    accessible.push(marked.has(place) ? 1 : 0);
  }
}

/** @param {any} rows a list, or a range of equal rows */
function* rowsOf(rows) {
  if (Array.isArray(rows)) {
    for (const row of rows) yield { ...row, labels: row.seats === undefined ? numbers(row.from, row.to) : labelsOf(row.seats) };
    return;
  }
  const labels = labelsOf(rows.seats);
  for (let name = rows.from; name <= rows.to; name++) yield { ...rows, name: String(name), labels };
}

/** @param {number} from @param {number} to */
const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => String(from + at));

/**
 * The labels of a number of seats, or of a list of labels and ranges: `1-39/2`, `40-2/2`, `001-012`, `A-F`.
 * @param {number | any[]} seats
 * @returns {string[]}
 */
export function labelsOf(seats) {
  if (typeof seats === "number") return numbers(1, seats);
  return seats.flatMap((part) => {
    const text = part.seats ?? part;
    const range = /^(?:(\d+)-(\d+)|([A-Za-z])-([A-Za-z]))(?:\/(\d+))?$/.exec(text);
    if (!range) return [text];
    const [, low, high, a, z, by = "1"] = range;
    const [from, to] = low ? [Number(low), Number(high)] : [a.charCodeAt(0), z.charCodeAt(0)];
    const padded = low && [low, high].some((digits) => digits.length > 1 && digits.startsWith("0"));
    const step = from > to ? -Number(by) : Number(by);
    return Array.from({ length: Math.floor(Math.abs(to - from) / Number(by)) + 1 }, (_, at) => {
      const value = from + step * at;
      return low ? String(value).padStart(padded ? low.length : 0, "0") : String.fromCharCode(value);
    });
  });
}

/** The places in a row that a list names.
 * @param {any[] | undefined} list @param {string[]} labels @returns {Set<number>} */
function placesOf(list, labels) {
  if (!list?.length) return new Set();
  const places = new Map(labels.map((label, place) => [label, place]));
  const found = labelsOf(list).map((label) => places.get(label) ?? places.get(label.replace(/^0+/, "")));
  return new Set(/** @type {number[]} */ (found.filter((place) => place !== undefined)));
}

/** `#7` and `#20-39`.
 * @param {any} list */
function* ordinalsOf(list) {
  for (const text of list) {
    const [from, to = from] = text.slice(1).split("-").map(Number);
    for (let ordinal = from; ordinal <= to; ordinal++) yield ordinal;
  }
}
