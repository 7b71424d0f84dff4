// Starts the console: reads the session, draws the frame, and shows the page that the address names.

import { h, replace } from "./dom.js";
import { t } from "./i18n.js";
import { onLoggedOut } from "./api.js";
import { language, setTheme } from "./prefs.js";
import { startPulse } from "./pulse.js";
import { here, link } from "./router.js";
import { mustLogIn, readSession, session } from "./session.js";
import { shell } from "./ui/shell.js";
import { empty } from "./ui/states.js";
import { wait } from "./overview/waiting.js";
import { overview } from "./pages/overview.js";
import { events } from "./pages/events.js";
import { event } from "./pages/event.js";
import { holds } from "./pages/holds.js";
import { orders } from "./pages/orders.js";
import { payments } from "./pages/payments.js";
import { feed } from "./pages/feed.js";
import { seat } from "./pages/seat.js";
import { slowlog } from "./pages/slowlog.js";
import { connections } from "./pages/connections.js";
import { settings } from "./pages/settings.js";
import { login } from "./pages/login.js";
import { audit } from "./audit/page.js";
import { cluster } from "./cluster/page.js";
import { executions } from "./executions/list.js";
import { execution } from "./executions/one.js";
import { groups } from "./groups/list.js";
import { group } from "./groups/one.js";
import { notify } from "./notify/page.js";
import { policies } from "./policies/list.js";
import { policy } from "./policies/one.js";
import { reconcile } from "./reconcile/list.js";
import { reconciliation } from "./reconcile/one.js";

/**
 * What a page gets. It fills `root`; `signal` is aborted when it is left, and ends its requests, streams and listeners.
 * @typedef {object} Visit
 * @property {HTMLElement} root
 * @property {string[]} pieces of the path behind the page's name
 * @property {Record<string, string>} query
 * @property {AbortSignal} signal
 * @property {() => void} redraw the same page once more
 */

/** @type {Record<string, (visit: Visit) => void>} */
const PAGES = { events, executions, reconcile, groups, notify, audit, policies, cluster, slowlog, connections, settings };
/** @type {Record<string, (visit: Visit) => void>} */
const OF_EVENT = { holds, orders, payments, feed, seat };

/** @type {ReturnType<typeof shell> | undefined} */
let frame;
let leaving = new AbortController();
let frameGone = new AbortController();

async function start() {
  setTheme();
  document.documentElement.lang = language();
  leaving.abort();
  frameGone.abort();
  frame = undefined;
  try {
    await readSession();
  } catch (error) {
    return wait(document.body, error, start);
  }
  if (!session().port) return wait(document.body, undefined, start);
  if (mustLogIn()) return void login(document.body, start);
  startPulse();
  frameGone = new AbortController();
  frame = shell(start, frameGone.signal);
  visit();
}

/** @param {string[]} pieces @returns {[nav: string, page: ((visit: Visit) => void) | undefined, rest: string[]]} */
function pageOf(pieces) {
  const [first, name, part, ...rest] = pieces;
  if (!first) return ["overview", overview, []];
  if (first === "events" && name !== undefined) return ["events", part === undefined ? event : OF_EVENT[part], [name, ...rest]];
  if (first === "executions" && name !== undefined) return ["executions", execution, [name]];
  if (first === "reconcile" && name !== undefined) return ["reconcile", reconciliation, [name]];
  if (first === "policies" && name !== undefined) return ["policies", policy, [name]];
  if (first === "groups" && part !== undefined) return ["groups", group, [name, part]];
  return [first, PAGES[first], []];
}

function visit() {
  if (!frame) return;
  leaving.abort();
  leaving = new AbortController();
  const { pieces, query } = here();
  const [nav, page, rest] = pageOf(pieces);
  frame.enter(nav);
  document.title = [...pieces.slice(0, 3).reverse(), "holdfast"].join(" · ");
  const outlet = frame.outlet;
  replace(outlet);
  const at = { root: outlet, pieces: rest, query, signal: leaving.signal, redraw: visit };
  if (page) page(at);
  else replace(outlet, empty(t("page.none"), t("page.noneHint"), h("a", { href: link([]) }, t("page.overview"))));
}

addEventListener("hashchange", () => {
  visit();
  scrollTo(0, 0);
});
onLoggedOut(() => frame && start());
start();
