// What operators give back in somebody's stead: holds, orders, and money that is due.

import { get, path } from "../api.js";
import { duration, money, number } from "../format.js";
import { t } from "../i18n.js";
import { openWrite } from "../ui/write.js";

/** Seats and places of a hold or an order together.
 * @param {any} of */
export function placesOf(of) {
  const areas = of?.areas ?? [];
  return (of?.seats?.length ?? 0) + areas.reduce((/** @type {number} */ sum, /** @type {any} */ value, /** @type {number} */ at) => sum + (at % 2 ? Number(value) : 0), 0);
}

/**
 * Ends somebody's hold.
 * @param {string} event
 * @param {number | string} hold
 * @param {() => void} [done]
 */
export function forceRelease(event, hold, done) {
  openWrite({
    title: t("write.release.title", { hold }),
    explain: t("write.release.explain"),
    verb: t("write.release.verb"),
    need: "operator",
    final: true,
    affected: async (signal) => {
      const found = await get(path("events", event, "holds", hold), {}, signal);
      if (!found) return [[t("write.seatsAndPlaces"), t("write.gone")]];
      return [
        [t("write.seatsAndPlaces"), number(placesOf(found))],
        [t("col.holder"), found.holder ?? "–"],
        [t("col.left"), duration(found.left ?? 0)],
        ...(found.payment ? [/** @type {[string, string]} */ ([t("col.payment"), found.payment])] : []),
      ];
    },
    words: ({ operator, reason }, key) => ["FORCE", "RELEASE", event, key, operator, reason, hold],
    done,
  });
}

/**
 * Takes back somebody's order.
 * @param {string} event
 * @param {string} order
 * @param {() => void} [done]
 */
export function forceCancel(event, order, done) {
  openWrite({
    title: t("write.cancelOrder.title", { order }),
    explain: t("write.cancelOrder.explain"),
    verb: t("write.cancelOrder.verb"),
    need: "operator",
    final: true,
    fields: [{ name: "refund", label: t("write.cancelOrder.refund"), hint: t("write.cancelOrder.refundHint"), type: "number" }],
    affected: async (signal) => {
      const found = await get(path("events", event, "orders", order), {}, signal);
      if (!found) return [[t("write.seatsAndPlaces"), t("write.gone")]];
      const paid = await get(path("events", event, "payments", order), {}, signal).catch(() => null);
      return [
        [t("write.seatsAndPlaces"), number(placesOf(found))],
        [t("col.holder"), found.holder ?? "–"],
        ...(paid?.amount === undefined ? [] : [/** @type {[string, string]} */ ([t("col.amount"), money(paid.amount, paid.currency)])]),
      ];
    },
    words: ({ refund, operator, reason }, key) => ["FORCE", "CANCEL", event, key, operator, reason, order, ...(refund ? ["REFUND", refund] : [])],
    done,
  });
}

/**
 * Records that money was paid back. The command carries the provider's reference in the place of operator and reason.
 * @param {string} event
 * @param {any} payment as PAYMENT LIST shows it
 * @param {() => void} [done]
 */
export function refunded(event, payment, done) {
  const known = payment.currency !== undefined;
  const due = payment.refundable ?? payment.amount;
  openWrite({
    title: t("write.refunded.title", { payment: payment.payment }),
    explain: t("write.refunded.explain"),
    verb: t("write.refunded.verb"),
    need: "booking",
    unsigned: true,
    final: true,
    fields: [
      { name: "reference", label: t("write.refunded.reference"), hint: t("write.refunded.referenceHint"), required: true, max: 256 },
      ...(known ? [{ name: "amount", label: t("write.refunded.amount", { currency: payment.currency }), hint: t("write.refunded.amountHint"), type: "number" }] : []),
    ],
    affected: async (signal) => {
      const found = await get(path("events", event, "payments", payment.payment), {}, signal);
      return [
        [t("col.due"), money(found?.refundable ?? due, found?.currency ?? payment.currency)],
        [t("col.status"), t(`status.${found?.status ?? payment.status}`)],
        [t("col.holder"), found?.holder ?? "–"],
      ];
    },
    words: ({ reference, amount }, key) => ["PAYMENT", "REFUNDED", event, key, payment.payment, reference, ...(amount ? ["AMOUNT", amount, payment.currency] : [])],
    done,
  });
}
