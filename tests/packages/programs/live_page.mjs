// Shows each state of a map in a browser as a line of JSON: version, seats, areas. It is fed as the package feeds pages. A line that
// comes in drops the browser's connection.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { LiveStream, connect } from "holdfast";

const [url, event, chrome] = process.argv.slice(2);
const fail = (problem) => {
  console.error(problem);
  process.exit(1);
};
const hall = new LiveStream(connect(url), event).on("error", fail);
const open = new Set();
const PAGE = `<!doctype html><link rel="icon" href="data:,"><canvas id="map"></canvas><script type="module">
  import { SeatMap, follow } from "/map.js";
  const map = new SeatMap(document.querySelector("#map"));
  follow(map, "/live", { onChange: ({ version }) => show(JSON.stringify([version, map.states.join(""), Object.fromEntries(
    Object.entries(map.areas).map(([name, { capacity, free, held, paying, sold }]) => [name, [capacity, free, held, paying, sold]]))])) });
</script>`;

const server = createServer(async ({ url: path }, response) => {
  if (path === "/live") {
    open.add(response.on("close", () => open.delete(response)));
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" }).write("retry: 50\n\n");
    return hall.join(response);
  }
  const isMap = path === "/map.js";
  response.writeHead(200, { "content-type": isMap ? "text/javascript" : "text/html" });
  response.end(isMap ? await readFile(new URL(import.meta.resolve("holdfast/browser"))) : PAGE);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
createInterface({ input: process.stdin }).on("line", () => open.forEach((viewer) => viewer.destroy()));

const browser = await chromium.launch({ executablePath: chrome, args: ["--no-sandbox"] });
const page = await browser.newPage();
page.on("pageerror", fail);
await page.exposeFunction("show", (line) => console.log(line));
await page.goto(`http://127.0.0.1:${server.address().port}/`);
