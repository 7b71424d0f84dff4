// The files of the console, for its tests.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const CONSOLE = fileURLToPath(new URL("../../admin/console/", import.meta.url));

/** All files of the console whose names end so, with their text, by their path in it. */
export function filesOf(ending) {
  const names = readdirSync(CONSOLE, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith(ending));
  return new Map(names.map(({ parentPath, path, name }) => join(parentPath ?? path, name)).map((file) => [file.slice(CONSOLE.length), readFileSync(file, "utf8")]));
}
