// What operators do to seats: block and unblock.

import { number } from "../format.js";
import { t } from "../i18n.js";
import { openWrite } from "../ui/write.js";

/**
 * @typedef {object} Target what is blocked or unblocked
 * @property {string} text how it is called in the title
 * @property {(string | number)[]} words as the command has them
 * @property {boolean} some with a `WHERE`: those of it that are free, or blocked
 * @property {() => Record<string, number>} sums of its seats by status, as the map has them now
 */

/**
 * @param {"block" | "unblock"} what
 * @param {string} event
 * @param {Target} target
 * @param {() => void} [done]
 */
export function changeBlock(what, event, target, done) {
  const where = target.some ? ["WHERE", what === "block" ? "FREE" : "BLOCKED"] : [];
  openWrite({
    title: t(`write.${what}.title`, { what: target.text }),
    explain: t(target.some ? `write.${what}.explainSome` : `write.${what}.explainAll`),
    verb: t(`write.${what}.verb`),
    need: "operator",
    affected: async () => {
      const sums = target.sums();
      const changed = what === "block" ? sums.free : sums.blocked;
      const taken = sums.held + sums.paying + sums.sold;
      return [
        [t(what === "block" ? "write.willBlock" : "write.willUnblock"), number(changed)],
        [t("write.takenSeats"), number(taken)],
        [t(what === "block" ? "write.blockedAlready" : "write.freeAlready"), number(what === "block" ? sums.blocked : sums.free)],
      ];
    },
    words: ({ operator, reason }, key) => [what.toUpperCase(), event, key, operator, reason, ...target.words, ...where],
    done,
  });
}
