// A live seat map for the browser, on a canvas: pan, zoom, pick; some hundred thousand seats. One module, nothing else needed: copy it.
//
//     const map = new SeatMap(document.querySelector("canvas"));
//     follow(map, "/events/gala/live"); // server-sent events: "plan" is EVENT PLAN, "change" what LiveMap of the package tells
//
// `layout` is what a plan looks like, without a screen: labels and places of all seats by their ordinals. It runs in Node too.

const ROW = 1.3; // from row to row, where a seat is 1 from the next
const AISLE = 0.9;
const GAP = 2.5;
const HEAD = 2.2;
const SEAT = 0.8;

/** Everything that a plan says of its seats, by ordinal, and where it is drawn. */
export function layout(plan) {
  const blocks = new Map();
  const categories = new Map(Object.keys(plan.categories ?? {}).map((name, index) => [name, index]));
  const category = (name) => categories.get(name) ?? (categories.set(name, categories.size), categories.size - 1);
  const seats = [];
  let behind = 0;
  for (const section of plan.sections ?? []) {
    const block = blocks.get(section.name) ?? { name: section.name, focus: section.focus ?? "middle", lines: [], parts: new Map() };
    blocks.set(section.name, block);
    let depth = section.front ? section.front - 1 : section.more ? Math.max(...block.parts.values()) + 1 : behind;
    category(section.category);
    for (const row of rowsOf(section.rows)) {
      const at = block.parts.get(row.name) ?? depth++;
      block.parts.set(row.name, at);
      behind = Math.max(behind, at + 1);
      depth = Math.max(depth, at + 1);
      block.lines.push({ name: row.name, depth: at, aisles: placesOf(row.aisles, row.labels), first: seats.length, count: row.labels.length });
      const accessible = placesOf(row.accessible, row.labels);
      const class_ = category(row.category ?? section.category);
      const special = new Map();
      for (const [name, list] of Object.entries(row.categories ?? {})) {
        for (const place of placesOf(list, row.labels)) special.set(place, category(name));
      }
      row.labels.forEach((number, place) => seats.push({
        ordinal: seats.length, label: `${section.name}-${row.name}-${number}`, section: section.name, row: row.name, number,
        category: special.get(place) ?? class_, accessible: accessible.has(place), x: 0, y: 0,
      }));
    }
  }
  for (const [name, list] of Object.entries(plan.categories ?? {})) {
    for (const ordinal of ordinalsOf(list)) seats[ordinal].category = category(name);
  }
  const gone = new Set(plan.removed?.areas);
  const areas = (plan.areas ?? []).filter(({ name }) => !gone.has(name)).map((area) => ({ ...area, category: category(area.category) }));
  const titles = place([...blocks.values()], seats, areas);
  return { seats, areas, titles, categories: [...categories.keys()] };
}

function* rowsOf(rows) {
  if (Array.isArray(rows)) {
    for (const row of rows) yield { ...row, labels: row.seats === undefined ? numbers(row.from, row.to) : labelsOf(row.seats) };
    return;
  }
  const labels = labelsOf(rows.seats);
  for (let name = rows.from; name <= rows.to; name++) yield { ...rows, name: String(name), labels };
}

function numbers(from, to) {
  return Array.from({ length: to - from + 1 }, (_, at) => String(from + at));
}

/** The labels of a number of seats, or of a list of labels and ranges: `1-39/2`, `40-2/2`, `001-012`, `A-F`. */
function labelsOf(seats) {
  if (typeof seats === "number") return numbers(1, seats);
  return seats.flatMap((part) => {
    const text = part.seats ?? part;
    const range = /^(?:(\d+)-(\d+)|([A-Za-z])-([A-Za-z]))(?:\/(\d+))?$/.exec(text);
    if (!range) return [text];
    const [, low, high, a, z, by = 1] = range;
    const [from, to] = low ? [Number(low), Number(high)] : [a.charCodeAt(0), z.charCodeAt(0)];
    const padded = low && [low, high].some((number) => number.length > 1 && number.startsWith("0"));
    return Array.from({ length: Math.abs(to - from) / by + 1 }, (_, at) => {
      const value = from + (from > to ? -by : Number(by)) * at;
      return low ? String(value).padStart(padded ? low.length : 0, "0") : String.fromCharCode(value);
    });
  });
}

/** The places in a row that a list names. */
function placesOf(list, labels) {
  if (!list?.length) return new Set();
  const places = new Map(labels.map((label, place) => [label, place]));
  return new Set(labelsOf(list).map((label) => places.get(label) ?? places.get(label.replace(/^0+/, ""))));
}

/** `#7` and `#20-39`. */
function* ordinalsOf(list) {
  for (const text of list) {
    const [from, to = from] = text.slice(1).split("-").map(Number);
    for (let ordinal = from; ordinal <= to; ordinal++) yield ordinal;
  }
}

/** Gives seats and areas their places: sections that are abreast beside each other, from the left those whose right end is nearest
 * to the middle, those in the middle, those whose left end is. Returns the titles. */
function place(blocks, seats, areas) {
  for (const block of blocks) {
    block.from = Math.min(...block.lines.map(({ depth }) => depth));
    block.to = Math.max(...block.lines.map(({ depth }) => depth));
    const widths = new Map();
    for (const line of block.lines) {
      line.start = widths.has(line.depth) ? widths.get(line.depth) + AISLE : 0;
      widths.set(line.depth, line.start + line.count + line.aisles.size * AISLE);
    }
    block.widths = widths;
    block.width = Math.max(...widths.values());
  }
  const bands = [];
  for (const block of [...blocks].sort((a, b) => a.from - b.from)) {
    const band = bands.at(-1);
    if (band && block.from <= band.to) {
      band.to = Math.max(band.to, block.to);
      band.blocks.push(block);
    } else bands.push({ to: block.to, blocks: [block] });
  }
  let y = placeAreas(areas);
  const titles = [];
  for (const band of bands) {
    const of = (focus) => blocks.filter((block) => band.blocks.includes(block) && block.focus === focus);
    const middle = of("middle");
    const width = middle.reduce((sum, block) => sum + block.width + GAP, -GAP);
    let right = Math.max(width, 0) / 2 + GAP;
    middle.reduce((x, block) => ((block.x = x), x + block.width + GAP), -width / 2);
    for (const block of of("left")) [block.x, right] = [right, right + block.width + GAP];
    let left = -Math.max(width, 0) / 2 - GAP;
    for (const block of of("right")) [block.x, left] = [left - block.width, left - block.width - GAP];
    y += HEAD;
    for (const block of band.blocks) {
      titles.push({ text: block.name, x: block.x + block.width / 2, y: y + (block.from - band.blocks[0].from) * ROW - HEAD / 2 });
      for (const line of block.lines) placeLine(line, block, y + (line.depth - band.blocks[0].from) * ROW, seats);
    }
    y += (band.to - band.blocks[0].from + 1) * ROW + HEAD / 2;
  }
  return titles;
}

function placeLine(line, block, y, seats) {
  const spare = block.width - block.widths.get(line.depth);
  let x = block.x + line.start + { left: 0, middle: spare / 2, right: spare }[block.focus] + 0.5;
  for (let at = 0; at < line.count; at++) {
    Object.assign(seats[line.first + at], { x, y });
    x += line.aisles.has(at) ? 1 + AISLE : 1;
  }
}

function placeAreas(areas) {
  const widths = areas.map(({ capacity }) => Math.max(8, Math.sqrt(capacity)));
  const height = Math.min(12, Math.max(0, ...widths.map((width) => width / 2)));
  let x = -(widths.reduce((sum, width) => sum + width + GAP, -GAP) / 2);
  areas.forEach((area, index) => {
    Object.assign(area, { x, y: 1, width: widths[index], height });
    x += widths[index] + GAP;
  });
  return areas.length ? height + 1 : 0;
}

export const COLOURS = {
  categories: ["#3867d6", "#20a779", "#8854d0", "#e0763a", "#2d98da", "#c4497b", "#7a8b2e", "#4b6584"],
  held: "#f2c14e", paying: "#e8a13a", sold: "#c9ced6", blocked: "#e3e6eb", picked: "#e23e57", ink: "#26313f", faint: "#8b95a3", stage: "#dfe4ec",
};
const STATUS = { ".": "free", h: "held", p: "paying", s: "sold", x: "blocked", "-": "removed" };

/** The map on a canvas. It fills the size that the canvas has on the page. */
export class SeatMap {
  plan = layout({});
  states = [];
  areas = {};
  picked = new Set();
  #canvas;
  #view = { scale: 1, x: 0, y: 0 };
  #fitted = 1;
  #pointers = new Map();
  #moved = 0;
  #drawing = 0;
  #byColour;

  /**
   * `onPick` gets the seat (or, with `area: true`, the area) that was clicked; without it, a click toggles the seat. `onHover` gets what is
   * under the pointer, or undefined.
   */
  constructor(canvas, { onPick = (found) => this.toggle(found), onHover = () => {}, colours = {} } = {}) {
    this.#canvas = canvas;
    this.colours = { ...COLOURS, ...colours };
    Object.assign(this, { onPick, onHover });
    canvas.style.touchAction = "none";
    const on = (name, listener) => canvas.addEventListener(name, listener, { passive: false });
    on("wheel", (event) => (event.preventDefault(), this.zoom(Math.exp(-event.deltaY / 300), this.#point(event))));
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) on(name, (event) => this.#up(event, name === "pointerup"));
    on("pointerleave", () => this.onHover(undefined));
    new ResizeObserver(() => this.fit()).observe(canvas);
  }

  /** Takes EVENT PLAN, parsed. What was picked is forgotten. */
  setPlan(plan) {
    this.plan = layout(plan);
    this.picked.clear();
    this.states = this.plan.seats.map(() => "x");
    this.fit();
  }

  /** Takes a change as LiveMap tells it: `seats` a text with all of them, or pairs of ordinal and status; `areas` by name. */
  change({ seats, areas }) {
    if (typeof seats === "string") this.states = [...seats];
    else for (const [ordinal, status] of seats) this.states[ordinal] = status;
    Object.assign(this.areas, areas);
    this.draw();
  }

  status(ordinal) {
    return STATUS[this.states[ordinal]];
  }

  /** Shows all of it. */
  fit() {
    const { seats, areas } = this.plan;
    const [width, height] = [this.#canvas.clientWidth, this.#canvas.clientHeight];
    let [left, right, bottom] = [-12, 12, 6];
    for (const { x, y } of seats) [left, right, bottom] = [Math.min(left, x - 2), Math.max(right, x + 2), Math.max(bottom, y + 2)];
    for (const { x, y, width, height } of areas) [left, right, bottom] = [Math.min(left, x), Math.max(right, x + width), Math.max(bottom, y + height + 1)];
    const top = -6;
    this.#fitted = Math.min(width / (right - left), height / (bottom - top));
    this.#view = { scale: this.#fitted, x: width / 2 - ((left + right) / 2) * this.#fitted, y: height / 2 - ((top + bottom) / 2) * this.#fitted };
    this.draw();
  }

  /** Makes it so many times as large, around a point of the canvas. */
  zoom(by, [x, y] = [this.#canvas.clientWidth / 2, this.#canvas.clientHeight / 2]) {
    const scale = Math.min(Math.max(this.#view.scale * by, this.#fitted / 2), Math.max(60, this.#fitted));
    const grown = scale / this.#view.scale;
    this.#view = { scale, x: x - (x - this.#view.x) * grown, y: y - (y - this.#view.y) * grown };
    this.#soon();
  }

  pan(x, y) {
    this.#view.x += x;
    this.#view.y += y;
    this.#soon();
  }

  /** Where a seat is on the canvas. */
  pointOf(ordinal) {
    const { x, y } = this.plan.seats[ordinal];
    return [x * this.#view.scale + this.#view.x, y * this.#view.scale + this.#view.y];
  }

  /** The seat, or area, at a point of the canvas. */
  at([x, y]) {
    const { scale } = this.#view;
    const [px, py] = [(x - this.#view.x) / scale, (y - this.#view.y) / scale];
    const reach = Math.max(0.5, 4 / scale);
    let [found, least] = [undefined, reach * reach];
    for (const seat of this.plan.seats) {
      const apart = (seat.x - px) ** 2 + (seat.y - py) ** 2;
      if (apart < least && this.states[seat.ordinal] !== "-") [found, least] = [seat, apart];
    }
    if (found) return { ...found, category: this.plan.categories[found.category], status: this.status(found.ordinal) };
    const area = this.plan.areas.find((area) => px >= area.x && px <= area.x + area.width && py >= area.y && py <= area.y + area.height);
    return area && { area: true, name: area.name, category: this.plan.categories[area.category], ...this.areas[area.name] };
  }

  #point(event) {
    const { left, top } = this.#canvas.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  #down(event) {
    this.#canvas.setPointerCapture(event.pointerId);
    if (this.#pointers.size === 0) this.#moved = 0;
    this.#pointers.set(event.pointerId, this.#point(event));
  }

  #move(event) {
    const before = this.#pointers.get(event.pointerId);
    const now = this.#point(event);
    if (!before) return this.onHover(this.at(now));
    const [other] = [...this.#pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    this.#pointers.set(event.pointerId, now);
    this.#moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (!other) return this.pan(now[0] - before[0], now[1] - before[1]);
    const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]);
    this.zoom(apart(now) / Math.max(1, apart(before)), other);
  }

  #up(event, picks) {
    const point = this.#pointers.get(event.pointerId);
    this.#pointers.delete(event.pointerId);
    const found = picks && point && this.#moved < 5 && this.#pointers.size === 0 && this.at(point);
    if (found) this.onPick(found);
  }

  /** Picks a seat that is free, or lets go of one that is picked. An area, and a seat of others, stay as they are. */
  toggle(found) {
    if (found.area || (found.status !== "free" && !this.picked.has(found.ordinal))) return;
    this.picked.delete(found.ordinal) || this.picked.add(found.ordinal);
    this.draw();
  }

  /** The labels of the seats that are picked. */
  get labels() {
    return [...this.picked].map((ordinal) => this.plan.seats[ordinal].label);
  }

  /** Draws it when the browser draws next, however often this is called: what was picked, or is so, is another. */
  draw() {
    this.#byColour = undefined;
    this.#soon();
  }

  #soon() {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#paint();
    });
  }

  #paint() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const ratio = globalThis.devicePixelRatio ?? 1;
    if (this.#canvas.width !== Math.round(width * ratio) || this.#canvas.height !== Math.round(height * ratio)) {
      this.#canvas.width = Math.round(width * ratio);
      this.#canvas.height = Math.round(height * ratio);
    }
    const { scale, x, y } = this.#view;
    const context = this.#canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.textAlign = "center";
    context.textBaseline = "middle";
    this.#stage(context);
    for (const area of this.plan.areas) this.#area(context, area);
    this.#seats(context, width, height);
    if (scale > 6) for (const { text, x: tx, y: ty } of this.plan.titles) this.#text(context, text, tx, ty, 0.9, this.colours.faint);
  }

  #text(context, text, x, y, size, colour) {
    context.fillStyle = colour;
    context.font = `${size * this.#view.scale}px system-ui, sans-serif`;
    context.fillText(text, x * this.#view.scale + this.#view.x, y * this.#view.scale + this.#view.y);
  }

  #box(context, x, y, width, height, round) {
    const { scale, x: left, y: top } = this.#view;
    context.beginPath();
    context.roundRect(x * scale + left, y * scale + top, width * scale, height * scale, round * scale);
    context.fill();
  }

  #stage(context) {
    context.fillStyle = this.colours.stage;
    this.#box(context, -10, -4.5, 20, 3, 1);
    this.#text(context, "STAGE", 0, -3, 1.2, this.colours.faint);
  }

  #area(context, area) {
    const { free = 0, capacity = area.capacity } = this.areas[area.name] ?? {};
    context.globalAlpha = 0.12 + 0.6 * (free / capacity);
    context.fillStyle = this.#category(area.category);
    this.#box(context, area.x, area.y, area.width, area.height, 0.6);
    context.globalAlpha = 1;
    const middle = [area.x + area.width / 2, area.y + area.height / 2];
    this.#text(context, area.name, middle[0], middle[1] - 0.7, 1, this.colours.ink);
    this.#text(context, `${free} / ${capacity}`, middle[0], middle[1] + 0.7, 0.8, this.colours.ink);
  }

  #category(index) {
    return this.colours.categories[index % this.colours.categories.length];
  }

  #colour({ ordinal, category }) {
    if (this.picked.has(ordinal)) return this.colours.picked;
    const status = this.status(ordinal);
    return status === "free" ? this.#category(category) : this.colours[status];
  }

  /** A colour after the other, as changing it is what costs. */
  #seats(context, width, height) {
    const { scale, x, y } = this.#view;
    const size = Math.max(SEAT * scale, 1);
    const numbered = scale >= 14;
    for (const [colour, seats] of (this.#byColour ??= groupBy(this.plan.seats, (seat) => this.#colour(seat)))) {
      if (!colour) continue; // removed
      context.fillStyle = colour;
      context.beginPath();
      for (const seat of seats) {
        const [left, top] = [seat.x * scale + x - size / 2, seat.y * scale + y - size / 2];
        if (left < -size || top < -size || left > width || top > height) continue;
        if (scale > 8) context.roundRect(left, top, size, size, size / 4);
        else context.fillRect(left, top, size, size);
      }
      context.fill();
      for (const seat of numbered ? seats : []) this.#number(context, seat, width, height);
    }
  }

  #number(context, seat, width, height) {
    const [x, y] = this.pointOf(seat.ordinal);
    if (x < 0 || y < 0 || x > width || y > height) return;
    const dark = this.picked.has(seat.ordinal) || this.states[seat.ordinal] === ".";
    this.#text(context, seat.accessible ? "♿" : seat.number, seat.x, seat.y, 0.42, dark ? "#fff" : this.colours.faint);
  }
}

function groupBy(items, of) {
  const groups = new Map();
  for (const item of items) {
    const name = of(item);
    if (groups.has(name)) groups.get(name).push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

/** Feeds a map by server-sent events: "plan" and "change". The browser connects again by itself. */
export function follow(map, url, { onChange = () => {} } = {}) {
  const source = new EventSource(url);
  let plan; // the same one comes again with each connection
  source.addEventListener("plan", ({ data }) => data === plan || map.setPlan(JSON.parse((plan = data))));
  source.addEventListener("change", ({ data }) => {
    const change = JSON.parse(data);
    map.change(change);
    onChange(change);
  });
  return source;
}
