// The redis-cli line of what a page shows or does, with a button that copies it.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { line } from "../redis-cli.js";
import { icon } from "./icons.js";
import { toast } from "./toast.js";

/**
 * @param {(string | number)[]} words of the command
 * @param {{ whole?: boolean }} [options] `whole`: long lines are broken instead of scrolled
 */
export function cli(words, { whole = false } = {}) {
  const text = line(words);
  return h(
    "div.cli",
    { class: whole ? "whole" : "" },
    h("span.prompt", { "aria-hidden": "true" }, "$"),
    h("code", { tabindex: whole ? null : 0, role: "group", "aria-label": t("cli.label") }, text),
    h("button.quiet.small.icon", { type: "button", "aria-label": t("cli.copy"), title: t("cli.copy"), on: { click: () => copy(text) } }, icon("copy")),
  );
}

/** Copies a text. Where the clipboard is not given to a page without TLS, an old way is taken.
 * @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea.unseen", { value: text });
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast(t("cli.copied"));
}
