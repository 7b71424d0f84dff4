// What stands in the place of what is not there: loading, nothing, an error with its remedy.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { ApiError } from "../api.js";
import { icon } from "./icons.js";

/** Lines that stand for what is on its way. */
export const loading = () => h("div.loading", { role: "status", "aria-label": t("state.loading") }, h("i"), h("i"), h("i"), h("i"));

/**
 * Says that there is nothing, and what would be here.
 * @param {string} title
 * @param {string} [hint]
 * @param {import("../dom.js").Child} [more]
 */
export const empty = (title, hint, more) => h("div.state", {}, icon("empty"), h("h2", {}, title), hint && h("p", {}, hint), more);

/**
 * Says what went wrong and what to do.
 * @param {unknown} error
 * @param {() => void} [again]
 */
export function failed(error, again) {
  const { title, message, remedy } = told(error);
  return h(
    "div.state.bad",
    { role: "alert" },
    icon("bad"),
    h("h2", {}, title),
    message && h("p", {}, message),
    remedy && h("p.remedy", {}, remedy),
    again && h("button", { type: "button", on: { click: again } }, t("state.again")),
  );
}

/**
 * An error in words: the title by its kind, the server's message with its code, the remedy.
 * @param {unknown} error
 */
export function told(error) {
  if (!(error instanceof ApiError)) return { title: t("error.page"), message: String(error instanceof Error ? error.message : error), remedy: "" };
  const known = ["UNREACHABLE", "ROUTE", "NOEVENT", "NOTFOUND", "TRIMMED", "BUSY", "DENIED", "NOAUTH", "DEGRADED"].includes(error.kind);
  return {
    title: known ? t(`error.${error.kind}`) : `${error.kind}`,
    message: [error.code, error.message].filter(Boolean).join("  "),
    remedy: error.remedy || (known ? t(`error.${error.kind}.remedy`) : ""),
  };
}

/**
 * A band with a message of its own.
 * @param {"note" | "warn" | "bad" | "good"} tone
 * @param {...import("../dom.js").Child} children
 */
export const notice = (tone, ...children) => h("div.notice", { class: tone }, icon(tone), h("div.text", {}, children.map((child) => (typeof child === "string" ? h("span", {}, child) : child))));

/**
 * Shows what a promise brings: lines while it is on its way, and an error with a way to try again.
 * @param {Element} box
 * @param {() => Promise<import("../dom.js").Child>} bring
 * @param {AbortSignal} signal
 */
export async function show(box, bring, signal) {
  replace(box, loading());
  try {
    const brought = await bring();
    if (!signal.aborted) replace(box, brought);
  } catch (error) {
    if (!signal.aborted) replace(box, failed(error, () => show(box, bring, signal)));
  }
}
