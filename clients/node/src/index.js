// A thin layer on ioredis for holdfast, the seat inventory engine.
//
// `connect` is ioredis with the right options; `ask` sends one command until its answer is known; refusals are errors by KIND; `feed`, `feeds`,
// `consume` and `LiveMap` listen without a gap; `LiveStream` passes the map on to browsers; `Payments` is right about early, late and double reports.
export { PATIENCE_MS, newKey, stepKey } from "./asking.js";
export { Holdfast, connect } from "./client.js";
export * from "./errors.js";
export { consume, feed } from "./feed.js";
export { FeedsPosition, Gap, feeds } from "./feeds.js";
export { LiveMap, SeatStates } from "./live-map.js";
export { LiveStream } from "./live-stream.js";
export { Payments, answerOf } from "./payments.js";
export { readReply } from "./replies.js";
