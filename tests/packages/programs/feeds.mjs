// Shows each change of all events, and each gap, as a line of JSON.
import { Gap, connect, feeds } from "holdfast";

const [url, after, versions, count] = process.argv.slice(2);
const known = new Map(Object.entries(JSON.parse(versions)));
for await (const told of feeds(connect(url), Number(after), { versions: known, count: Number(count) })) {
  const { lsn, event, version, at, kind, fields } = told;
  const line = told instanceof Gap ? ["gap", lsn, event, told.after, told.before, told.why?.kind ?? null] : [lsn, event, version, at, kind, fields];
  console.log(JSON.stringify(line));
}
