// What operators do about notifications: test a channel, send a dead letter again, or let it go.

import { number } from "../format.js";
import { t } from "../i18n.js";
import { openWrite } from "../ui/write.js";

/**
 * @param {any} of a channel
 * @param {() => void} done
 */
export function testChannel({ channel, kind, to, waiting }, done) {
  openWrite({
    title: t("write.testChannel.title", { channel }),
    explain: t("write.testChannel.explain"),
    verb: t("write.testChannel.verb"),
    need: "operator",
    ofJobs: true,
    affected: async () => [
      [t(`notify.kind.${kind}`), to],
      [t("notify.waiting"), number(waiting)],
    ],
    words: ({ operator, reason }, key) => ["NOTIFY", "TEST", channel, key, operator, reason],
    done,
  });
}

/**
 * @param {"redrive" | "drop"} what
 * @param {any} of a dead letter
 * @param {() => void} done
 */
export function actOn(what, { letter, channel, kind, about, why }, done) {
  openWrite({
    title: t(`write.${what}Letter.title`, { letter, channel }),
    explain: t(`write.${what}Letter.explain`),
    verb: t(`write.${what}Letter.verb`),
    need: "operator",
    final: what === "drop",
    ofJobs: true,
    affected: async () => [
      [t("notify.what"), `${kind} ${about}`],
      [t("notify.why"), why],
    ],
    words: ({ operator, reason }, key) => ["NOTIFY", what.toUpperCase(), letter, key, operator, reason],
    done,
  });
}
