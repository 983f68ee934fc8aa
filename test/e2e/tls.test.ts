/** `http.tls` on a real node: the page, its API, sessions, live feed and commands, and a renewed certificate. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import WebSocket from "ws";
import { stringify } from "yaml";
import { certificate, OPENSSL_MISSING } from "../support/certificate.ts";
import {
  type NodeProcess,
  removeDir,
  runMycel,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { until } from "../support/until.ts";

const PASSWORD = "a password over TLS";

const settings = (tls: { readonly cert: string; readonly key: string }) => ({
  logLevel: "info",
  threads: 1,
  http: { user: "script", password: PASSWORD, tls },
  zones: [{ id: "main" }],
  hubs: [{ id: "swarm_hub_01", zone: "main" }],
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

describe("a node with http.tls", { skip: OPENSSL_MISSING }, () => {
  const dir = temporaryDir();
  const files = OPENSSL_MISSING ? { cert: "", key: "" } : certificate(dir);
  let node: NodeProcess;
  let port: number;

  before(async () => {
    node = await startNodeProcess(dir, settings(files));
    port = Number(new URL(node.file.url).port);
  });
  after(async () => {
    await node?.end("SIGKILL");
    removeDir(dir);
  });

  const ask = async (
    path: string,
    { method = "GET", headers = {}, body }: Partial<Asked> = {},
  ): Promise<Answer> => {
    const ca = readFileSync(files.cert);
    const sent = request({
      ...{ host: "localhost", port, path, method, headers, ca, agent: false },
    });
    sent.end(body);
    const [response] = await once(sent, "response");
    let text = "";
    for await (const chunk of response) text += chunk;
    return { status: response.statusCode, headers: response.headers, text };
  };
  const login = async (): Promise<{ readonly set: string; readonly cookie: string }> => {
    const answer = await ask("/api/login", {
      method: "POST",
      headers: { "content-type": "application/json", "x-mycel": "page" },
      body: JSON.stringify({ name: "script", password: PASSWORD }),
    });
    assert.equal(answer.status, 200, answer.text);
    const set = String(answer.headers["set-cookie"]);
    return { set, cookie: set.split(";")[0] ?? "" };
  };
  /** The certificate that the server shows at present. */
  const shown = async (): Promise<string> => {
    const socket = connectTls({ host: "localhost", port, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };

  test("page and API answer by HTTPS, and tell browsers to come by nothing else", async () => {
    assert.match(node.file.url, /^https:/);
    const me = await ask("/api/me", {
      headers: { authorization: `Basic ${Buffer.from(`script:${PASSWORD}`).toString("base64")}` },
    });
    assert.equal(me.status, 200, me.text);
    const page = await ask("/", { headers: { accept: "text/html" } });
    // 404 where the page is not built: it says so by TLS too.
    assert.ok([200, 404].includes(page.status));
    for (const { headers } of [me, page]) {
      assert.equal(headers["strict-transport-security"], "max-age=31536000");
    }
    await assert.rejects(fetch(`${node.file.url}/healthz`), "nobody vouches for the certificate");
  });

  test("in clear nothing is answered", async () => {
    const socket = connectTcp(port, "127.0.0.1");
    let heard = "";
    socket.on("data", (chunk) => (heard += chunk));
    socket.on("error", () => {});
    socket.end("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(socket, "close");
    assert.doesNotMatch(heard, /200|ok/);
  });

  test("the session's cookie is for TLS and this host alone, and opens the live feed by wss", async () => {
    const { set, cookie } = await login();
    assert.match(set, /^__Host-mycel_session_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict/);
    assert.match(set, /; Secure$/);

    const live = JSON.parse((await ask("/api/live-info", { headers: { cookie } })).text);
    assert.deepEqual(live, { driver: "ws", path: "/live", port: null });
    const ca = readFileSync(files.cert);
    const address = `wss://localhost:${port}/live`;
    const origin = `https://localhost:${port}`;
    const feed = new WebSocket(address, { ca, origin, headers: { cookie } });
    const [data] = await once(feed, "message");
    feed.terminate();
    assert.ok(data.length > 0);

    const stranger = new WebSocket(address, { ca, origin });
    const [fault] = await once(stranger, "error");
    assert.match(String(fault), /401/);
  });

  test("a command believes the authority that NODE_EXTRA_CA_CERTS names, and none without", async () => {
    const url = `https://script:${encodeURIComponent(PASSWORD)}@localhost:${port}`;
    const args = ["state", "hubs/swarm_hub_01/zone", "--url", url];
    const known = await runMycel(args, undefined, { NODE_EXTRA_CA_CERTS: files.cert });
    assert.equal(known.stderr, "");
    assert.equal(known.stdout, '"main"\n');
    const unknown = await runMycel(args);
    assert.equal(unknown.status, 1);
    assert.match(unknown.stderr, /NODE_EXTRA_CA_CERTS/);
  });

  test("SIGHUP takes the renewed certificate without a restart; one that is no good changes nothing", async () => {
    const { cookie } = await login();
    const first = await shown();
    certificate(dir);
    assert.equal(await shown(), first, "not before it is told, or a minute later");
    node.process.kill("SIGHUP");
    await until(async () => (await shown()) !== first);
    assert.equal((await ask("/api/me", { headers: { cookie } })).status, 200, "sessions go on");

    const second = await shown();
    const good = { cert: readFileSync(files.cert), key: readFileSync(files.key) };
    const other = certificate();
    writeFileSync(files.key, readFileSync(other.key));
    node.process.kill("SIGHUP");
    await until(() => node.output().includes("the new certificate is no good"));
    assert.equal(await shown(), second);
    assert.doesNotMatch(node.output(), /PRIVATE KEY/);
    writeFileSync(files.key, good.key);
    assert.equal((await ask("/healthz")).status, 200);
  });

  test("a key that is not the certificate's is refused at the start, with the setting and the files", async () => {
    const other = certificate();
    const wrong = { cert: files.cert, key: other.key };
    const config = join(dir, "wrong.yaml");
    writeFileSync(config, stringify(settings(wrong)));
    const { status, stderr, stdout } = await runMycel([
      ...["up", "--config", config, "--data", join(dir, "other")],
    ]);
    assert.equal(status, 1);
    assert.match(stderr, /^mycel: http\.tls: .*are not a certificate and its key in PEM\.\n$/m);
    assert.ok(stderr.includes(wrong.cert) && stderr.includes(wrong.key));
    assert.doesNotMatch(stderr + stdout, /PRIVATE KEY/);

    writeFileSync(config, stringify(settings({ cert: files.cert, key: join(dir, "absent.pem") })));
    const absent = await runMycel(["up", "--config", config, "--data", join(dir, "other")]);
    assert.equal(absent.status, 1);
    assert.match(absent.stderr, /http\.tls\.key: cannot read .*absent\.pem/);
  });
});

interface Asked {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
