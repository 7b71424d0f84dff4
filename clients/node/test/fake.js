// A server that answers as a test says, or not at all.
import { createServer } from "node:net";

/** `answer` gets how many commands came, without those of the handshake, and gives a reply, or null: then the connection is lost. */
export async function fake(answer) {
  const heard = [];
  const server = createServer((socket) => {
    let text = "";
    socket.on("error", () => {});
    socket.on("data", async (bytes) => {
      text += bytes;
      for (let command; (command = /^\*(\d+)\r\n/.exec(text)); ) {
        const parts = text.split("\r\n");
        const end = 1 + 2 * Number(command[1]);
        if (parts.length <= end) return;
        const words = parts.slice(1, end).filter((_, at) => at % 2 === 1);
        text = parts.slice(end).join("\r\n");
        if (words[0] === "hello") socket.write("%2\r\n+proto\r\n:3\r\n+server\r\n+redis\r\n");
        else if (words[0] === "client") socket.write("+OK\r\n");
        else if (words[0] === "info") socket.write("$20\r\nredis_version:7.0.0\n\r\n");
        else {
          heard.push(words);
          const reply = await answer(heard.length);
          if (reply === null) socket.destroy();
          else socket.write(reply);
        }
      }
    });
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return { heard, url: `redis://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
