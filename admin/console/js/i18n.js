// Texts by key, in the language of the page. Both tables have the same keys; a key that neither has is a defect and is shown as it is.

import { en } from "./texts/en.js";
import { ko } from "./texts/ko.js";
import { language } from "./prefs.js";

/** @type {Record<string, Record<string, string>>} */
const TABLES = { en, ko };

/**
 * The text of a key, with `{name}` replaced by values.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = TABLES[language()][key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * Whether there is a text.
 * @param {string} key
 */
export const has = (key) => key in en;
