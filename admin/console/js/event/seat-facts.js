// What SEAT says, as names and values with links.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { link } from "../router.js";
import { ago, facts } from "../ui/parts.js";

/**
 * @param {string} event
 * @param {any} seat the reply of SEAT
 */
export function seatFacts(event, seat) {
  const { hold, order, holder, expires_at, category, accessible, id, ordinal } = seat;
  return facts([
    [t("col.category"), category],
    [t("col.holder"), holder],
    [t("col.hold"), hold === null ? null : h("a", { href: link(["events", event, "holds"], { hold }) }, `#${hold}`)],
    [t("col.order"), order === null ? null : h("a", { href: link(["events", event, "orders"], { order }) }, order)],
    [t("col.until"), expires_at === null ? null : ago(expires_at)],
    [t("seat.accessible"), accessible ? t("yes") : null],
    [t("seat.id"), id],
    [t("seat.ordinal"), `#${ordinal}`],
  ]);
}
