// What holds for all files of the console: the content security policy is strict, so nothing may need more; names of events and
// customers are never read as HTML; both languages say everything; files are short.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { CONSOLE, filesOf } from "./files.mjs";

const scripts = filesOf(".js");
const { en } = await import(`${CONSOLE}js/texts/en.js`);
const { ko } = await import(`${CONSOLE}js/texts/ko.js`);

test("nothing is read as HTML, and nothing needs more than the policy allows", () => {
  assert.ok(scripts.size > 40);
  const banned = [/innerHTML/, /outerHTML/, /insertAdjacentHTML/, /document\.write/, /\beval\(/, /new Function/, /createContextualFragment/, /DOMParser/, /setAttribute\("style"/, /\bstyle: "(?!currency)/, /srcdoc/];
  for (const [name, text] of scripts) for (const word of banned) assert.doesNotMatch(text, word, name);
  const page = filesOf(".html").get("index.html");
  assert.doesNotMatch(page, /<style|style=|<script(?![^>]*src=)|\son\w+=|https?:/);
  for (const [name, text] of filesOf(".css")) assert.doesNotMatch(text, /@import|url\(|https?:/, name);
});

test("what the page and the scripts name is there", () => {
  const all = new Set([...scripts.keys(), ...filesOf(".css").keys(), ...filesOf(".svg").keys()]);
  for (const [, name] of filesOf(".html").get("index.html").matchAll(/assets\/([\w./-]+)/g)) assert.ok(all.has(name), name);
  for (const [file, text] of scripts) {
    for (const [, name] of text.matchAll(/from "(\.[^"]+)"/g)) {
      const path = new URL(name, `file:///${file}`).pathname.slice(1);
      assert.ok(all.has(path), `${file} names ${name}`);
    }
  }
});

test("both languages have every text, with the same values in it", () => {
  assert.deepEqual(Object.keys(ko), Object.keys(en));
  const values = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  for (const key of Object.keys(en)) {
    assert.deepEqual(values(ko[key]), values(en[key]), key);
    assert.ok(en[key].trim() && ko[key].trim(), key);
  }
});

test("every text that is asked for is there, and every text is asked for", () => {
  const code = [...scripts].filter(([name]) => !name.startsWith("js/texts/")).map(([, text]) => text).join("\n");
  for (const [, key] of code.matchAll(/\bt\(\s*"([^"]+)"/g)) assert.ok(key in en, key);
  const families = [...code.matchAll(/`([\w.]+\.)\$\{/g)].map(([, start]) => start);
  for (const key of Object.keys(en)) assert.ok(code.includes(`"${key}"`) || families.some((start) => key.startsWith(start)), `${key} is not used`);
});

test("files and folders are small", () => {
  for (const [name, text] of [...scripts, ...filesOf(".css")]) assert.ok(text.split("\n").length <= 501, name);
  const folders = new Set([CONSOLE, ...[...scripts.keys(), ...filesOf(".css").keys()].map((name) => CONSOLE + dirname(name))]);
  for (const folder of folders) assert.ok(readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).length <= 12, folder);
});
