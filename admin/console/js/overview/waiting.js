// What stands in the place of the console while the server cannot show it: it recovers, stops, or does not answer.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { readiness } from "../api.js";
import { number, percent } from "../format.js";
import { modeName } from "../ui/badge.js";
import { icon } from "../ui/icons.js";
import { failed, loading } from "../ui/states.js";

const EVERY = 2000;

/**
 * Says why there is no console yet, and begins by itself when there can be one.
 * @param {Element} body
 * @param {unknown} error what came in the place of the session; undefined if the server says that it has not begun
 * @param {() => void} begin
 */
export function wait(body, error, begin) {
  const box = h("main.outlet.alone.full", {}, error === undefined ? loading() : failed(error, begin));
  replace(body, box);
  let was = error === undefined ? "recovering" : "";
  const look = async () => {
    if (!box.isConnected) return;
    const state = await readiness().catch(() => undefined);
    if (!box.isConnected) return;
    const mode = state?.mode;
    // Ready, and still no session: asking again without end would not help. Whoever looks can.
    if (state && !["recovering", "stopping"].includes(mode)) return was ? begin() : undefined;
    if (mode) replace(box, progress(mode, state.progress));
    was = mode ?? (was || "silent");
    setTimeout(look, EVERY);
  };
  look();
}

/** @param {string} mode @param {{ records: number, of: number } | undefined} done */
const progress = (mode, done) =>
  h(
    "div.state",
    { role: "status" },
    icon("clock"),
    h("h1", {}, modeName(mode)),
    h("p", {}, t(`mode.${mode}.about`)),
    done && done.of > 0 && [h("progress", { max: done.of, value: done.records, "aria-label": modeName(mode) }), h("p.faint", {}, t("wait.records", { n: number(done.records), of: number(done.of), share: percent(done.records, done.of) }))],
  );
