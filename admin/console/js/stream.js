// Server-sent events of one page. A hidden tab gives its connection back: a browser has six for one server, and tabs share them.

/** How what is shown keeps up: "asked" is without a stream, by asking now and then. @typedef {"connecting" | "live" | "lost" | "paused" | "asked"} Liveness */

/**
 * Listens until the signal is aborted. A stream that the server ends is opened again, at the newest version that `resume` tells.
 * @param {() => URL} resume the address to open, asked for each time
 * @param {Record<string, (data: any, id: string) => void>} listeners by the name of the event; data is parsed
 * @param {(state: Liveness) => void} onState
 * @param {AbortSignal} signal
 */
export function listen(resume, listeners, onState, signal) {
  /** @type {EventSource | undefined} */
  let source;
  /** @type {number | undefined} */
  let timer;
  let wait = 1000;

  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };
  const open = () => {
    close();
    if (signal.aborted) return;
    onState("connecting");
    source = new EventSource(resume());
    source.onopen = () => {
      wait = 1000;
      onState("live");
    };
    source.onerror = () => {
      // The browser connects again by itself with the old address; the page knows a newer version than that.
      close();
      onState("lost");
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, 15_000);
    };
    for (const [name, listener] of Object.entries(listeners)) {
      source.addEventListener(name, (event) => listener(JSON.parse(event.data), event.lastEventId));
    }
  };
  const seen = () => {
    if (!document.hidden) return source ? undefined : open();
    close();
    onState("paused");
  };

  document.addEventListener("visibilitychange", seen, { signal });
  signal.addEventListener("abort", close);
  seen();
}
