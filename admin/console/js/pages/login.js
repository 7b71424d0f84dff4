// Logs in: a token becomes a session of this browser. The token itself is not kept.

import { h, replace } from "../dom.js";
import { t } from "../i18n.js";
import { send } from "../api.js";
import { brand, tools } from "../ui/shell.js";
import { notice, told } from "../ui/states.js";

/**
 * @param {Element} body
 * @param {() => void} done
 */
export function login(body, done) {
  const token = h("input", { type: "password", autocomplete: "current-password", "aria-required": "true", placeholder: "hft_…", maxlength: 256 });
  const outcome = h("div", { "aria-live": "assertive" });
  const button = h("button.primary", {}, t("login.button"));
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!token.value.trim()) return token.focus();
    button.disabled = true;
    replace(outcome);
    try {
      await send("POST", "session", { token: token.value.trim() });
      done();
    } catch (error) {
      const wrong = /** @type {any} */ (error).status === 401;
      replace(outcome, notice("bad", wrong ? t("login.wrong") : told(error).title, wrong ? t("login.wrongHint") : told(error).message));
      button.disabled = false;
      token.select();
    }
  };
  replace(
    body,
    h(
      "main.outlet.alone.full",
      {},
      h("div.card.login", {}, brand(), h("h1", {}, t("login.title")), h("p.faint", {}, t("login.hint")), h("form", { on: { submit } }, h("label.field", {}, t("login.token"), token), outcome, button)),
      tools(done),
    ),
  );
  document.title = `${t("login.title")} · holdfast`;
  token.focus();
}
