/** Commands to leaves over HTTP: statuses and schemas, on a node held in memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandSchema, commandsSchema, problemSchema } from "../../../transports/http/contract.ts";
import { startServer } from "./start-server.ts";

const LEAF = "/api/hubs/swarm_hub_01/leaves/1/commands";

test("a command is accepted, listed, found by its id and cancelled once", async (t) => {
  const { http } = await startServer(t);
  const ask = (path: string, method: string, body?: object): Promise<Response> =>
    fetch(http.url + path, {
      method,
      ...(body && {
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
  const problem = async (answer: Response): Promise<string> =>
    `${answer.status} ${problemSchema.parse(await answer.json()).error}`;

  const given = await ask(LEAF, "POST", { id: "a", command: "set_state", args: { on: true } });
  assert.equal(given.status, 202);
  const command = commandSchema.parse(await given.json());
  assert.deepEqual([command.state, command.delivery], ["queued", "now"]);
  const listed = commandsSchema.parse(await (await ask(LEAF, "GET")).json());
  assert.deepEqual(listed.commands, [command]);
  assert.deepEqual(await (await ask(`${LEAF}/a`, "GET")).json(), command);

  const cancelled = commandSchema.parse(await (await ask(`${LEAF}/a`, "DELETE")).json());
  assert.deepEqual([cancelled.state, cancelled.reason], ["refused", "cancelled"]);
  assert.equal(await problem(await ask(`${LEAF}/a`, "DELETE")), "409 commandEnded");
  assert.equal(await problem(await ask(`${LEAF}/b`, "GET")), "404 commandUnknown");
  const again = await ask(LEAF, "POST", { id: "a", command: "set_state", args: { on: true } });
  assert.equal(again.status, 200, "it has ended: there is nothing to wait for");

  const bad = { id: "b", command: "explode" };
  assert.equal(await problem(await ask(LEAF, "POST", bad)), "400 badCommand");
  for (const body of [
    { command: "reset" },
    { id: "", command: "reset" },
    { id: "b", command: "reset", expiresInMs: 0 },
    { id: "b", command: "reset", delivery: "soon" },
    { id: "b", command: "reset", surprise: 1 },
  ]) {
    assert.equal(await problem(await ask(LEAF, "POST", body)), "400 badRequest");
  }
});
