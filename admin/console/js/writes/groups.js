// What operators do about consumer groups: stop one, have it go on, move it, see to its dead letters, end it.

import { send } from "../api.js";
import { number } from "../format.js";
import { t } from "../i18n.js";
import { operator } from "../prefs.js";
import { session } from "../session.js";
import { openWrite } from "../ui/write.js";

/** What can be done about a group in its state; one of XGROUP CREATE only ends.
 * @param {any} info @returns {("pause" | "resume")[]} */
export function possible({ state, dead }) {
  if (dead === undefined) return [];
  return state === "paused" ? ["resume"] : state === "stopped" ? ["resume", "pause"] : ["pause"];
}

/** @param {any} info @returns {Promise<[string, string][]>} */
const underWay = async ({ pending, consumers, dead }) => {
  /** @type {[string, string][]} */
  const rows = [
    [t("groups.pending"), number(pending)],
    [t("groups.consumers"), number(consumers)],
  ];
  return dead === undefined ? rows : [...rows, [t("groups.dead"), number(dead)]];
};

/**
 * @param {"pause" | "resume"} what
 * @param {any} info what GROUP INFO says
 * @param {() => void} done
 */
export function actOn(what, info, done) {
  const { stream, group } = info;
  openWrite({
    title: t(`write.${what}Group.title`, { group, stream }),
    explain: t(`write.${what}Group.explain`),
    verb: t(`write.${what}Group.verb`),
    need: "operator",
    ofJobs: true,
    reasonHint: t("groups.reasonHint"),
    affected: () => underWay(info),
    words: ({ operator, reason }) => ["GROUP", what.toUpperCase(), stream, group, operator, reason],
    done,
  });
}

/**
 * @param {any} info
 * @param {() => void} done
 */
export function destroy(info, done) {
  const { stream, group } = info;
  openWrite({
    title: t("write.destroyGroup.title", { group, stream }),
    explain: t("write.destroyGroup.explain"),
    verb: t("write.destroyGroup.verb"),
    need: "operator",
    ofJobs: true,
    final: true,
    retype: group,
    reasonHint: t("groups.reasonHint"),
    affected: () => underWay(info),
    words: ({ operator, reason }) => ["GROUP", "DESTROY", stream, group, operator, reason],
    done,
  });
}

/**
 * To another place. What that comes to is shown before, for the place that is typed.
 * @param {any} info
 * @param {() => void} done
 */
export function move(info, done) {
  const { stream, group, last, is_behind_log: behind } = info;
  const place = { name: "id", label: t("write.moveGroup.id"), hint: t("write.moveGroup.idHint"), value: behind === 1 ? "0" : last, required: true, max: 64 };
  openWrite({
    title: t("write.moveGroup.title", { group, stream }),
    explain: t("write.moveGroup.explain"),
    verb: t("write.moveGroup.verb"),
    need: "operator",
    ofJobs: true,
    fields: [place],
    depends: "id",
    reasonHint: t("groups.reasonHint"),
    affected: async (signal, { id }) => moved(await tried(["GROUP", "SETID", stream, group, id], [], signal)),
    words: ({ id, operator, reason }) => ["GROUP", "SETID", stream, group, id, operator, reason],
    done,
  });
}

/** Where entries have no numbers, nobody counts them.
 * @param {any} of @returns {[string, string][]} */
const moved = ({ from, to, skipped, gone, again, pending }) => [
  [t("groups.move.from"), from],
  [t("groups.move.to"), to],
  .../** @type {[string, number | null][]} */ ([["skipped", skipped], ["gone", gone], ["again", again]]).map(([name, count]) => /** @type {[string, string]} */ ([t(`groups.move.${name}`), count === null ? t("groups.move.unknown") : number(count)])),
  [t("groups.pending"), number(pending)],
];

/**
 * All dead letters of a group, or one.
 * @param {"redrive" | "drop"} what
 * @param {any} info
 * @param {any} letter
 * @param {() => void} done
 */
export function actOnLetters(what, { stream, group, dead }, letter, done) {
  const which = letter ? ["IDS", letter.id] : ["ALL"];
  const subject = letter ? letter.id : t("groups.allOf", { group });
  openWrite({
    title: t(`write.${what}Letters.title`, { subject }),
    explain: t(`write.${what}Letters.explain`),
    verb: t(`write.${what}Letters.verb`),
    need: "operator",
    ofJobs: true,
    final: what === "drop",
    reasonHint: t("groups.reasonHint"),
    affected: async (signal) => (what === "drop" ? [[t("groups.dead"), number(letter ? 1 : dead)]] : dry(await tried(["GROUP", "REDRIVE", stream, group], which, signal))),
    words: ({ operator, reason }) => ["GROUP", what.toUpperCase(), stream, group, operator, reason, ...which],
    done,
  });
}

/** What it would come to: the server says it and does nothing.
 * @param {string[]} command @param {string[]} which @param {AbortSignal} signal */
async function tried(command, which, signal) {
  const who = operator() || session().name || "console";
  const { reply } = await send("POST", "commands", { words: [...command, who, "what would it be", ...which, "DRY"] }, signal);
  return reply;
}

/** @param {any} of @returns {[string, string][]} */
const dry = ({ letters, late, quarantined, no_room: noRoom, missing }) => {
  const told = /** @type {[string, number][]} */ ([["letters", letters], ["late", late], ["quarantined", quarantined], ["noRoom", noRoom], ["missing", missing]]);
  return told.filter(([name, count]) => count > 0 || name === "letters").map(([name, count]) => /** @type {[string, string]} */ ([t(`groups.dry.${name}`), number(count)]));
};
