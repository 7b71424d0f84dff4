// What operators do to an event: pause, resume, open, close, schedule.

import { get, path } from "../api.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { openWrite } from "../ui/write.js";

/** What is under way in an event, which each of these commands concerns.
 * @param {string} event @returns {(signal: AbortSignal) => Promise<[string, string][]>} */
const underWay = (event) => async (signal) => {
  const info = await get(path("events", event), {}, signal);
  return [
    [t("write.holds"), number(info.holds)],
    [t("write.paymentsPending"), number(info.payments?.PENDING)],
    [t("write.freeSeats"), number(info.free)],
    [t("write.orders"), number(info.orders)],
  ];
};

/**
 * Pause, resume, open or close.
 * @param {"pause" | "resume" | "open" | "close"} what
 * @param {string} event
 * @param {() => void} done
 */
export function changeState(what, event, done) {
  const verb = { pause: "PAUSE", resume: "RESUME", open: "RESUME", close: "CLOSE" }[what];
  openWrite({
    title: t(`write.${what}.title`, { event }),
    explain: t(`write.${what}.explain`),
    verb: t(`write.${what}.verb`),
    need: "operator",
    final: what === "close",
    retype: what === "close" ? event : undefined,
    affected: underWay(event),
    words: ({ operator, reason }, key) => ["EVENT", verb, event, key, operator, reason],
    done,
  });
}

/**
 * When the sale opens and closes by itself.
 * @param {string} event
 * @param {any} info what EVENT INFO says
 * @param {() => void} done
 */
export function schedule(event, info, done) {
  const pending = info.status === "pending";
  const closes = { name: "closes", label: t("write.schedule.closes"), type: "datetime-local", value: local(info.closes_at), hint: t("write.schedule.closesHint") };
  const opens = { name: "opens", label: t("write.schedule.opens"), type: "datetime-local", value: local(info.opens_at), hint: t("write.schedule.opensHint") };
  openWrite({
    title: t("write.schedule.title", { event }),
    explain: t("write.schedule.explain"),
    verb: t("write.schedule.verb"),
    need: "operator",
    fields: pending ? [opens, closes] : [closes],
    affected: underWay(event),
    words: ({ opens, closes, operator, reason }, key) => {
      const words = ["EVENT", "SCHEDULE", event, key, operator, reason];
      if (pending && opens) words.push("OPENS", String(new Date(opens).getTime()));
      if (closes) words.push("CLOSES", String(new Date(closes).getTime()));
      else if (info.closes_at) words.push("CLOSES", "NEVER");
      return words;
    },
    done,
  });
}

/** A time as an input of date and time has it, in the zone of the browser.
 * @param {number | null} ms */
function local(ms) {
  if (!ms) return "";
  const date = new Date(ms);
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
