// The icons: strokes on a grid of 16, in the colour of the text beside them.

import { svg } from "../dom.js";

/** @type {Record<string, string>} */
const PATHS = {
  overview: "M2 13V9m4 4V3m4 10V6m4 7v-3",
  events: "M3 4h10v9H3zM3 7h10M6 2v3m4-3v3",
  executions: "M2.5 3h11v10h-11zM6.5 5.8v4.4L10.2 8z",
  reconcile: "M8 2.5v11M4 13.5h8M2.5 4.5h11M4.5 4.5 2.5 9h4zm7 0-2 4.5h4z",
  policies: "M8 2 13 4v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM5.8 8l1.6 1.6L10.4 6.5",
  groups: "M2.5 8h4m3 0 4-4.5M9.5 8h4m-4 0 4 4.5M8 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3",
  notify: "M4 11.5V7a4 4 0 0 1 8 0v4.5l1 1H3zM6.5 14h3",
  audit: "M4 2.5h8v11H4zM6 5.5h4M6 8h4M6 10.5h2.5",
  cluster: "M8 5.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4M3.5 14.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4m9 0a2 2 0 1 0 0-4 2 2 0 0 0 0 4M7 5.4 4.5 10.6m4.5-5.2 2.5 5.2M5.5 12.5h5",
  slowlog: "M8 4.5V8l2.5 1.5M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12",
  connections: "M4 5.5h8M4 10.5h8M6 3.5l-2.5 2L6 7.5m4 1 2.5 2-2.5 2",
  settings: "M2 4.5h7m3 0h2M2 11.5h2m3 0h7M10.5 3v3m-5 4v3",
  good: "M3 8.5 6.5 12 13 4.5",
  warn: "M8 2.5 14.5 13.5h-13zM8 6.5v3.2m0 2v.1",
  bad: "M5.2 1.8h5.6l3.4 3.4v5.6l-3.4 3.4H5.2L1.8 10.8V5.2zM5.5 5.5l5 5m0-5-5 5",
  note: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M8 7.5v3.5M8 5v.1",
  empty: "M2.5 9 4.5 3h7l2 6v4h-11zM2.5 9h3.5l1 1.5h2L10 9h3.5",
  copy: "M5.5 5.5v-3h8v8h-3m-8-5h8v8h-8z",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M2.5 6V2.5H6m4 0h3.5V6m0 4v3.5H10m-4 0H2.5V10",
  close: "M4 4l8 8m0-8-8 8",
  menu: "M3 6l5 5 5-5",
  light: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M8 1.5v1m0 11v1m6.5-6.5h-1m-11 0h-1M12.6 3.4l-.7.7m-7.8 7.8-.7.7m9.2 0-.7-.7M4.1 4.1l-.7-.7",
  dark: "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7",
  system: "M2 3h12v8H2zM6 14h4m-2-3v3",
  leave: "M6 2.5H3v11h3M6.5 8h7m-2.5-2.5L13.5 8 11 10.5",
  square: "M3 3h2m2 0h2m2 0h2v2m0 2v2m0 2v2h-2m-2 0H7m-2 0H3v-2m0-2V7m0-2V3",
  pause: "M5.5 3.5v9m5-9v9",
  open: "M5 3.5v9L12.5 8z",
  stop: "M4 4h8v8H4z",
  flag: "M4 14V2.5h8.5l-2 3 2 3H4",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  clock: "M8 4.5V8h3M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12",
  ring: "M8 13A5 5 0 1 0 8 3a5 5 0 0 0 0 10",
  archive: "M2.5 3h11v3h-11zM3.5 6v7h9V6M6.5 8.5h3",
  back: "M10 3 5 8l5 5",
};

/** @param {string} name */
export const icon = (name) => svg("svg.icon-drawing", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: PATHS[name] ?? PATHS.note }));

/** The mark of the project. */
export const mark = () =>
  svg("svg.icon-drawing", { viewBox: "0 0 32 32", "aria-hidden": "true" }, svg("rect", { width: 32, height: 32, rx: 7 }), svg("path", { d: "M9 8v16M9 16h9a4 4 0 0 1 4 4v4" }));
