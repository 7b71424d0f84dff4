// Jobs that are run to their end.

import { eventually } from "./tools.mjs";

/** Waits until an execution has ended: its state then. */
export const done = (ask, execution) =>
  eventually(`${execution} ends`, async () => {
    const { state } = await ask("JOB", "GET", execution);
    return !["READY", "RUNNING"].includes(state) && state;
  });

/** Has a job done to its end, for the reason that the pictures show: the name of the execution. */
export async function jobDone(ask, job, key, ...words) {
  const { execution } = await ask("JOB", "RUN", job, key, "olga", "a customer asks what happened", ...words);
  const state = await done(ask, execution);
  if (state !== "SUCCESS") throw new Error(`${execution} is ${state}`);
  return execution;
}
