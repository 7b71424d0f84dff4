// What all pages have: the language, asking the shop, and making elements.

const TEXTS = {
  en: {
    shop: "Tickets", admin: "Box office", free: "free", sold: "sold", pick: "Pick your seats on the map", best: "Best seats", hold: "Hold these seats",
    give_back: "Give back", pay: "Pay", left: "time left", total: "Total", places: "standing places", owned: "These seats are yours.", cancel: "Cancel the order",
    again: "New order", waiting: "Waiting for your bank …", over: "Your time is up: the seats are free again.", failed: "The card was declined: the seats are free again.",
    refund_due: "Your money came when the seats had gone. You get it back.", refunded: "Your money was paid back.", cancelled: "Cancelled. Your money comes back.",
    TAKEN: "Somebody was quicker. Please pick other seats.", ORPHAN: "That would leave a single seat alone. Please pick differently.",
    LIMIT: "That is more than one customer may have.", GONE: "Your time is up, and the seats are free again.", CLOSED: "Not on sale now.",
    STATE: "That is not possible now.", EXISTS: "That was done already.", BUSY: "There is a rush. Please try again in a moment.",
    DEGRADED: "We cannot sell just now. Please try again soon.", UNHEARD: "The box office cannot be reached. Please try again: nothing happens twice.",
    held: "held", paying: "paying", blocked: "not for sale", picked: "yours", orders: "Orders", refunds: "Refunds due", pay_back: "Pay back", pause: "Pause", resume: "Resume",
    order: "Order", customer: "Customer", seats: "Seats", amount: "Amount", nothing: "Nothing", other: "That did not work.",
    cards: { good: "A good card", slow: "A slow bank", twice: "A bank that tells twice", early: "A bank that is too quick", late: "A bank that is too late", silent: "A bank that says nothing", declined: "A card that is declined" },
  },
  ko: {
    shop: "티켓", admin: "매표소", free: "남음", sold: "판매", pick: "지도에서 좌석을 고르세요", best: "추천 좌석", hold: "좌석 잡기",
    give_back: "돌려놓기", pay: "결제", left: "남은 시간", total: "합계", places: "스탠딩", owned: "예매가 완료되었습니다.", cancel: "예매 취소",
    again: "새 예매", waiting: "은행 응답을 기다리는 중 …", over: "시간이 지나 좌석이 풀렸습니다.", failed: "카드가 거절되어 좌석이 풀렸습니다.",
    refund_due: "결제가 늦게 도착해 좌석이 없습니다. 환불해 드립니다.", refunded: "환불되었습니다.", cancelled: "취소되었습니다. 환불해 드립니다.",
    TAKEN: "다른 분이 먼저 잡았습니다. 다른 좌석을 골라 주세요.", ORPHAN: "한 자리만 남게 됩니다. 다르게 골라 주세요.",
    LIMIT: "한 사람이 살 수 있는 수를 넘었습니다.", GONE: "시간이 지나 좌석이 풀렸습니다.", CLOSED: "지금은 판매하지 않습니다.",
    STATE: "지금은 할 수 없습니다.", EXISTS: "이미 처리되었습니다.", BUSY: "접속이 몰리고 있습니다. 잠시 뒤 다시 시도해 주세요.",
    DEGRADED: "지금은 판매할 수 없습니다. 잠시 뒤 다시 시도해 주세요.", UNHEARD: "매표소에 연결할 수 없습니다. 다시 눌러도 두 번 처리되지 않습니다.",
    held: "잡힘", paying: "결제 중", blocked: "판매 안 함", picked: "내 좌석", orders: "예매", refunds: "환불 대기", pay_back: "환불", pause: "일시 중지", resume: "다시 시작",
    order: "예매 번호", customer: "고객", seats: "좌석", amount: "금액", nothing: "없음", other: "처리하지 못했습니다.",
    cards: { good: "정상 카드", slow: "느린 은행", twice: "두 번 알리는 은행", early: "너무 빠른 은행", late: "너무 늦은 은행", silent: "답이 없는 은행", declined: "거절되는 카드" },
  },
};

export const language = () => localStorage.getItem("language") ?? (navigator.language.startsWith("ko") ? "ko" : "en");
export const text = (name) => TEXTS[language()][name] ?? TEXTS[language()].other;
export const won = (amount) => new Intl.NumberFormat(language(), { style: "currency", currency: "KRW" }).format(amount);

/** Writes the texts of the page, and makes the button that changes the language. */
export function translate() {
  document.documentElement.lang = language();
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  const button = document.querySelector("#language");
  button.textContent = language() === "ko" ? "English" : "한국어";
  button.onclick = () => (localStorage.setItem("language", language() === "ko" ? "en" : "ko"), location.reload());
}

export class No extends Error {}

/** Asks the shop. Throws `No` with the KIND of a refusal. What was not heard may be asked again: it happens once. */
export async function ask(action, words = {}) {
  const answer = await fetch(`/api/${action}`, { method: "POST", body: JSON.stringify(words) }).catch(() => null);
  const said = answer ? await answer.json().catch(() => ({})) : { kind: "UNHEARD" };
  if (!answer?.ok) throw Object.assign(new No(said.kind), said);
  return said;
}

export function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}
