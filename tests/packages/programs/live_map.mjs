// Shows each state of a live map as a line of JSON: version, seats, areas.
import { LiveMap, connect } from "holdfast";

const [url, event, protocol = 2] = process.argv.slice(2);
const { states } = new LiveMap(connect(url, { protocol: Number(protocol) }), event).on("change", () => {
  const areas = Object.entries(states.areas).map(([name, { capacity, free, held, paying, sold }]) => [name, [capacity, free, held, paying, sold]]);
  console.log(JSON.stringify([states.version, states.seats.join(""), Object.fromEntries(areas)]));
});
