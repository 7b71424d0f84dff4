// The colours of the map, from the style sheet: a canvas cannot name them.

const NAMES = ["seat-free", "seat-held", "seat-paying", "seat-sold", "seat-blocked", "seat-mark", "seat-mark-held", "seat-mark-light", "seat-ink", "map-ground", "map-block", "map-stage", "map-ring", "map-near", "ink", "ink-2", "ink-3", "line", "line-strong", "card"];

/** `status` are the colours of seats, `marks` of what stands on them, both by status.
 * @typedef {{ status: string[], marks: string[], ground: string, block: string, stage: string, ring: string, near: string, ink: string, ink2: string, faint: string, line: string, strong: string, card: string, font: string }} Palette */

/** The colours that are in force now.
 * @returns {Palette} */
export function palette() {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const colours = NAMES.map((name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  });
  const font = getComputedStyle(document.body).fontFamily;
  probe.remove();
  const of = (/** @type {string} */ name) => colours[NAMES.indexOf(name)];
  return {
    status: ["seat-free", "seat-held", "seat-paying", "seat-sold", "seat-blocked"].map(of),
    marks: ["seat-ink", "seat-mark-held", "seat-mark", "seat-mark", "seat-mark-light"].map(of),
    ground: of("map-ground"),
    block: of("map-block"),
    stage: of("map-stage"),
    ring: of("map-ring"),
    near: of("map-near"),
    ink: of("ink"),
    ink2: of("ink-2"),
    faint: of("ink-3"),
    line: of("line"),
    strong: of("line-strong"),
    card: of("card"),
    font,
  };
}
