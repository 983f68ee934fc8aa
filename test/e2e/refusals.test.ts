/** What a person has got wrong is said in clear sentences, before anything runs, and without a stack. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { stringify } from "yaml";
import { openLmdbStore } from "../../runtime/state/lmdb-store.ts";
import { META, SCHEMA_VERSION } from "../../runtime/state/schema.ts";
import { removeDir, runMycel, startNodeProcess, temporaryDir } from "../support/node-process.ts";
import { takenTcpPort } from "../support/ports.ts";
import { until } from "../support/until.ts";

const SOUND = { zones: [{ id: "main" }], hubs: [{ id: "swarm_hub_01", zone: "main" }] };

function dirOf(t: TestContext): string {
  const dir = temporaryDir();
  t.after(() => removeDir(dir));
  return dir;
}

/** `mycel up` with these settings, which has to end by itself. */
async function upWith(dir: string, settings: object | string, flags: readonly string[] = []) {
  const config = join(dir, "refused.yaml");
  writeFileSync(config, typeof settings === "string" ? settings : stringify(settings));
  return runMycel(["up", "--config", config, "--data", join(dir, "data"), ...flags]);
}

/** One sentence for a person: what is wrong and what to do, and nothing of the program's insides. */
function assertOneSentence({ status, stderr }: { status: number | null; stderr: string }): string {
  assert.equal(status, 1, stderr);
  assert.match(stderr, /^mycel: [A-Z/][^\n]+\.\n$/);
  assertNoInsides(stderr);
  return stderr;
}

const assertNoInsides = (text: string): void =>
  assert.doesNotMatch(text, /^\s+at |node:internal|\.ts:\d|"level":/m);

test("mycel up: wrong settings are told all at once, each with its path and what is allowed", async (t) => {
  const run = await upWith(
    dirOf(t),
    `
node: Big Office
threads: many
http: { port: 70000, user: me }
mqtt: { broker: "mqtt://127.0.0.1:99999" }
zones: [{ id: main }, { id: main }]
hubs:
  - { id: a, zone: attic, link: "udp://127.0.0.1:0", allow: [everyone], adopt: maybe }
  - { id: a, zone: main, colour: red }
`,
  );
  assert.equal(run.status, 1);
  assertNoInsides(run.stderr);
  const lines = run.stderr.trim().split("\n");
  assert.match(lines[0] ?? "", /^mycel: .*refused\.yaml has 12 mistakes:$/);
  const expected: readonly [path: string, allowed: RegExp][] = [
    ["node", /allowed: 1-64 of a-z/],
    ["threads", /auto|Invalid input/],
    ["http.port", /65535/],
    ["mqtt.broker", /allowed: embedded, mqtt:/],
    ["hubs[0].link", /allowed: udp:/],
    ["hubs[0].allow[0]", /allowed: an IP address/],
    ["hubs[0].adopt", /"registered"\|"always"/],
    ["hubs[1].colour", /no such setting/],
    ["zones[1].id", /main is there twice/],
    ["hubs[1].id", /a is there twice/],
    ["hubs[0].zone", /no zone attic; there are: main/],
    ["http", /user and password belong together/],
  ];
  for (const [path, allowed] of expected) {
    const line = lines.find((text) => text.startsWith(`  ${path}: `));
    assert.match(line ?? `no line for ${path} in:\n${run.stderr}`, allowed);
  }
});

test("mycel up: a file that is missing, or no YAML, is refused in one go", async (t) => {
  const dir = dirOf(t);
  const missing = await runMycel(["up", "--config", join(dir, "nowhere.yaml")]);
  assert.match(assertOneSentence(missing), /Cannot read .*nowhere\.yaml/);
  const broken = await upWith(dir, "zones: [");
  assert.equal(broken.status, 1);
  assertNoInsides(broken.stderr);
});

test("mycel up: a port of the page that is set and taken is refused", async (t) => {
  const { port, server } = await takenTcpPort();
  t.after(() => server.close());
  const run = await upWith(dirOf(t), { ...SOUND, http: { port } });
  assert.match(assertOneSentence(run), new RegExp(`Port ${port} on 127.0.0.1 is in use`));
});

test("mycel up: a port of the broker that is set and taken is refused", async (t) => {
  const { port, server } = await takenTcpPort();
  t.after(() => server.close());
  const run = await upWith(dirOf(t), { ...SOUND, mqtt: { port } });
  assert.match(assertOneSentence(run), new RegExp(`Port ${port} on 127.0.0.1 is in use`));
});

test("mycel up: a hub's UDP port that is set and taken is refused", async (t) => {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  t.after(() => socket.close());
  const { port } = socket.address();
  const link = `udp://127.0.0.1:${port}`;
  const run = await upWith(dirOf(t), { ...SOUND, hubs: [{ id: "h", zone: "main", link }] });
  assert.match(assertOneSentence(run), new RegExp(`UDP port ${port} .* hub h `));
});

test("mycel up: default ports that are taken give way to the next free ones, with a line each", async (t) => {
  // Of two at least one finds them taken; whoever else has them is no matter.
  const nodes = await Promise.all([dirOf(t), dirOf(t)].map((dir) => startNodeProcess(dir, SOUND)));
  t.after(() => Promise.all(nodes.map((node) => node.end("SIGKILL"))));
  const moved = { http: 0, mqtt: 0 };
  for (const { file, output } of nodes) {
    const [http, mqtt] = [new URL(file.url).port, new URL(file.mqttUrl).port];
    if (http !== "8420") {
      assert.match(output(), new RegExp(`port 8420 is taken; the dashboard uses ${http}\\n`));
      moved.http += 1;
    }
    if (mqtt !== "1883") {
      assert.match(output(), new RegExp(`port 1883 is taken; the MQTT broker uses ${mqtt}\\n`));
      moved.mqtt += 1;
    }
  }
  assert.ok(moved.http > 0 && moved.mqtt > 0);
  for (const node of nodes) assert.equal(await node.end("SIGTERM"), 0);
});

test("mycel up: a data folder that cannot be made is refused", async (t) => {
  const dir = dirOf(t);
  // A file in its place: root may write into any folder.
  writeFileSync(join(dir, "data"), "");
  assert.match(assertOneSentence(await upWith(dir, SOUND)), /data/);
});

test("mycel up: a second node on one data folder is refused, and the first runs on", async (t) => {
  const dir = dirOf(t);
  const node = await startNodeProcess(dir, SOUND);
  t.after(() => node.end("SIGKILL"));
  const run = await upWith(dir, SOUND);
  assert.match(assertOneSentence(run), /in use by process/);
  await until(async () => (await fetch(`${node.file.url}/healthz`)).ok);
  assert.equal(existsSync(join(dir, "data", "node.json")), true, "its file is still there");
});

for (const flags of [["--host", "0.0.0.0"], []]) {
  test(`mycel up: ${flags.join(" ") || "http.host 0.0.0.0"} without user and password is refused`, async (t) => {
    const settings = flags.length > 0 ? SOUND : { ...SOUND, http: { host: "0.0.0.0" } };
    assert.match(assertOneSentence(await upWith(dirOf(t), settings, flags)), /password/);
  });
}

test("mycel up: with user and password it listens on 0.0.0.0, and asks for them", async (t) => {
  const http = { host: "0.0.0.0", user: "me", password: "long enough" };
  const node = await startNodeProcess(dirOf(t), { ...SOUND, http });
  t.after(() => node.end("SIGKILL"));
  assert.equal((await fetch(`${node.file.url}/api/state`)).status, 401);
  const authorization = `Basic ${btoa("me:long enough")}`;
  const admitted = await fetch(`${node.file.url}/api/state`, { headers: { authorization } });
  assert.equal(admitted.status, 200);
});

test("mycel up: an address that is not this machine's is refused", async (t) => {
  const http = { host: "192.0.2.1", user: "me", password: "long enough" };
  assert.match(assertOneSentence(await upWith(dirOf(t), { ...SOUND, http })), /no such address/);
});

test("mycel up: a store of a newer version is refused and left as it is", async (t) => {
  const dir = dirOf(t);
  const node = await startNodeProcess(dir, SOUND);
  assert.equal(await node.end("SIGTERM"), 0);
  const path = join(dir, "data", "store");
  const store = openLmdbStore({ dir: path });
  const meta = store.table<string, number>(META);
  await store.write(() => meta.put("schemaVersion", SCHEMA_VERSION + 1));
  await store.close();
  const before = readFileSync(join(path, "data.mdb"));
  assert.match(assertOneSentence(await upWith(dir, SOUND)), /newer/);
  assert.ok(readFileSync(join(path, "data.mdb")).equals(before));
});

test("mycel with an unknown command or flag: usage, exit status 2", async () => {
  for (const args of [
    ["nonsense"],
    ["constructor"],
    ["up"],
    ["up", "--config"],
    ["start", "--port", "0"],
    ["start", "--port", "abc"],
    ["start", "extra"],
    ["leaf"],
    ["leaf", "--hub", "x"],
    ["leaf", "--hub", "udp://127.0.0.1:5701", "--count", "-1"],
    ["leaf", "--hub", "udp://127.0.0.1:5701", "--every", "soon"],
    ["leaf", "--hub", "udp://127.0.0.1:5701", "--speed", "max"],
    ["frame", "decode"],
    ["frame", "nonsense", "00"],
    ["state", "--nope"],
    ["history", "a/b"],
    ["backup"],
    ["restore"],
  ]) {
    const { status, stdout, stderr } = await runMycel(args);
    assert.equal(status, 2, `mycel ${args.join(" ")}: ${stderr}`);
    assert.equal(stdout, "");
    assert.match(stderr, /^mycel: /);
    assertNoInsides(stderr);
  }
});

test("mycel --help and the help of each command say what there is", async () => {
  const { status, stdout } = await runMycel(["--help"]);
  assert.equal(status, 0);
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name ?? "");
  for (const name of ["start", "up", "frame", "leaf", "state", "history", "backup", "restore"])
    assert.ok(commands.includes(name), `${name} is in the help`);
  for (const name of commands) {
    const help = await runMycel([name, "--help"]);
    assert.equal(help.status, 0, name);
    assert.equal(help.stderr, "");
    assert.match(help.stdout, /^Usage: mycel /);
    for (const line of help.stdout.split("\n")) assert.ok(line.length <= 100, `${name}: ${line}`);
  }
});

test("mycel state: no node on the data folder, or a killed one, is one sentence", async (t) => {
  const dir = dirOf(t);
  assertOneSentence(await runMycel(["state", "--data", join(dir, "data")]));
  const node = await startNodeProcess(dir, SOUND);
  await node.end("SIGKILL");
  assertOneSentence(await runMycel(["state", "--data", join(dir, "data")]));
});
