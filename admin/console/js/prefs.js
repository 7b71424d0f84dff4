// What one person prefers in one browser: language and theme. A browser that forbids storage forgets them.

const LANGUAGES = ["en", "ko"];
const THEMES = ["system", "light", "dark"];

/** @returns {string} `en` or `ko`: what was chosen, else what the browser asks for */
export function language() {
  const chosen = read("holdfast.language");
  if (LANGUAGES.includes(chosen)) return chosen;
  return globalThis.navigator?.language?.toLowerCase().startsWith("ko") ? "ko" : "en";
}

/** @param {string} name */
export function setLanguage(name) {
  write("holdfast.language", name);
  document.documentElement.lang = name;
}

/** @returns {string} `system`, `light` or `dark` */
export function theme() {
  const chosen = read("holdfast.theme");
  return THEMES.includes(chosen) ? chosen : "system";
}

/** Puts the theme into force. The seat map hears `holdfast-theme`, as it cannot take colours from a style sheet.
 * @param {string} [name] */
export function setTheme(name = theme()) {
  write("holdfast.theme", name);
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  dispatchEvent(new Event("holdfast-theme"));
}

/** The theme after this one. */
export const nextTheme = () => THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];

/** The operator's name, for the dialogs of this tab. */
export const operator = () => read("holdfast.operator", sessionStore);

/** @param {string} name */
export const setOperator = (name) => write("holdfast.operator", name, sessionStore);

const localStore = () => localStorage;
const sessionStore = () => sessionStorage;

/** @param {string} name @param {() => Storage} [store] */
function read(name, store = localStore) {
  try {
    return store().getItem(name) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} name @param {string} value @param {() => Storage} [store] */
function write(name, value, store = localStore) {
  try {
    store().setItem(name, value);
  } catch {
    // Storage is forbidden or full: it counts for as long as the page lives.
  }
}
