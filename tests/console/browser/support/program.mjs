// The real server as a process: started, killed, started again behind an address that stays, asked over RESP.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PATIENCE, PROGRAM, createClient, eventually } from "./tools.mjs";

const USUAL = { listen: "127.0.0.1:0", "admin-listen": "127.0.0.1:0", "wal-segment": "8MiB", "wal-reserve": "16MiB", "wal-slow": "60s", "recovery-grace": "0s", "connections-patience": "1h" };

/** Nothing in the environment configures the program. */
export const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HOLDFAST_")));

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** A directory that goes with the tests. */
export function directory() {
  const made = mkdtempSync(join(tmpdir(), "holdfast-console-"));
  process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Runs the program to its end: what it prints. */
export function run(...words) {
  const { status, stdout, stderr } = spawnSync(PROGRAM, words, { env, cwd: tmpdir(), encoding: "utf8" });
  if (status) throw new Error(`holdfast ${words.join(" ")}: ${status} ${stderr}`);
  return stdout.trim();
}

/** A server, and where it is for the time of one process. */
class Server {
  said = "";

  /** @param {string} data @param {string[]} flags */
  static async start(data, flags) {
    const server = new Server();
    const usual = Object.entries(USUAL).filter(([name]) => !flags.includes(`--${name}`)).flatMap(([name, value]) => [`--${name}`, value]);
    server.child = spawn(PROGRAM, ["serve", "--data", data, ...usual, ...flags], { env, cwd: tmpdir(), stdio: ["ignore", "pipe", "pipe"] });
    running.add(server.child);
    for (const output of [server.child.stdout, server.child.stderr]) output.on("data", (text) => (server.said += text));
    server.ended = new Promise((done) => server.child.on("exit", done)).then(() => running.delete(server.child));
    await eventually("the server is ready", () => {
      if (server.child.exitCode !== null) throw new Error(server.said);
      return /^holdfast ready on /m.test(server.said) && /the admin port is open/.test(server.said);
    });
    server.port = Number(/^holdfast ready on .*:(\d+)$/m.exec(server.said)[1]);
    server.admin = Number(/the admin port is open address=\S+:(\d+)/.exec(server.said)[1]);
    return server;
  }

  /** @param {NodeJS.Signals} name */
  signal(name) {
    this.child.kill(name);
  }

  async end(name = "SIGTERM") {
    this.signal(name);
    await this.ended;
  }
}

/** A server that may be killed and started again, with an address of its admin port that stays. */
export class Place {
  #sockets = new Set();
  #clients = [];

  /** @param {string[]} flags */
  static async open(flags) {
    const place = new Place();
    place.data = directory();
    place.flags = flags;
    place.door = createServer((visitor) => place.#lead(visitor));
    await new Promise((done) => place.door.listen(0, "127.0.0.1", done));
    place.url = `http://127.0.0.1:${place.door.address().port}/`;
    place.server = await Server.start(join(place.data, "data"), flags);
    return place;
  }

  /** Leads a browser to the server that runs now. While there is none, it finds nobody. */
  #lead(visitor) {
    const server = connect(this.server?.admin ?? 1, "127.0.0.1");
    for (const [from, to] of [[visitor, server], [server, visitor]]) {
      this.#sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => (this.#sockets.delete(from), to.destroy()));
      from.pipe(to);
    }
  }

  /** The server is gone, without last words. */
  async kill() {
    const { server } = this;
    this.server = undefined;
    await this.#leave();
    await server.end("SIGKILL");
    this.#sockets.forEach((socket) => socket.destroy());
  }

  async startAgain() {
    this.server = await Server.start(join(this.data, "data"), this.flags);
  }

  /** A client that asks over RESP: `ask("HOLD", "gala", ...)`. */
  async client(token) {
    const client = createClient({ RESP: 3, socket: { host: "127.0.0.1", port: this.server.port, connectTimeout: PATIENCE, reconnectStrategy: false }, ...(token ? { password: token } : {}) });
    client.on("error", () => undefined);
    await client.connect();
    this.#clients.push(client);
    return (...words) => client.sendCommand(words.map(String));
  }

  #leave() {
    this.#clients.splice(0).forEach((client) => client.destroy());
  }

  async close() {
    await this.#leave();
    await this.server?.end();
    this.#sockets.forEach((socket) => socket.destroy());
    this.door.close();
  }
}
