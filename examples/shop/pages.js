// Gives the pages to browsers: what stands in pages/, and the map of the package.
import { readFile } from "node:fs/promises";

const TYPES = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript" };
const PAGES = { "": "index.html", event: "event.html", admin: "admin.html" };

/** True if the path is one of a page. */
export async function page(path, response) {
  const [, folder, name = ""] = path.split("/");
  const file = PAGES[folder] ?? (folder === "pages" && /^[\w-]+\.(css|js)$/.test(name) && name);
  if (!file) return false;
  const from = file === "seat-map.js" ? import.meta.resolve("holdfast/browser") : new URL(`pages/${file}`, import.meta.url);
  response.writeHead(200, { "content-type": TYPES[file.split(".").at(-1)], "cache-control": "no-cache" });
  response.end(await readFile(new URL(from)));
  return true;
}
