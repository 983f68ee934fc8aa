/**
 * Whose points: a real node where everybody logs in, asked over HTTP by a member, another member, a viewer, an operator
 * and nobody; and by a member who sends whatever might move points that are not theirs, or make some.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { TaskAnswerItem } from "../../transports/http/office/task-contract.ts";
import type {
  SentItem,
  SupplyItem,
  WalletHistoryItem,
  WalletItem,
} from "../../transports/http/office/wallet-contract.ts";
import {
  type NodeProcess,
  removeDir,
  runMycel,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { until } from "../support/until.ts";

/** `script` is the settings' account, which is nobody's and may do everything. */
const WHO = ["ann", "ben", "vic", "olga", "script", "nobody"] as const;
type Who = (typeof WHO)[number];
/** Person 1 is there from the first start. */
const ID = { ann: 2, ben: 3, vic: 4, olga: 5, script: 0, nobody: 0 } as const;
const ROLE = { ann: "member", ben: "member", vic: "viewer", olga: "operator" } as const;
const passwordOf = (who: Who): string => `the word of ${who}`;

interface Answered {
  readonly status: number;
  /** Of a refusal. */
  readonly error?: string;
}

describe("wallets over HTTP", () => {
  const dir = temporaryDir();
  let node: NodeProcess;

  async function ask<T = unknown>(
    who: Who,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Answered & T> {
    const login = `Basic ${Buffer.from(`${who}:${passwordOf(who)}`).toString("base64")}`;
    const answer = await fetch(`${node.file.url}/api/wallet${path}`, {
      method,
      headers: {
        ...(who !== "nobody" && { authorization: login }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && {
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    });
    return { ...((await answer.json()) as T), status: answer.status };
  }
  const send = (who: Who, body: object | string) =>
    ask<Partial<SentItem>>(who, "POST", "/transactions/p2p-transfer", body);
  const balance = async (who: Who): Promise<number> =>
    (await ask<WalletItem>("script", "GET", `/wallets/${ID[who]}`)).balanceMilli;
  const supply = () => ask<SupplyItem>("script", "GET", "/supply");

  before(async () => {
    node = await startNodeProcess(dir, {
      threads: 1,
      http: { user: "script", password: passwordOf("script"), writesPerMinuteMax: 100_000 },
      zones: [{ id: "main" }],
      hubs: [{ id: "swarm_hub_01", zone: "main" }],
      office: { agent: { enabled: false } },
    });
    for (const [name, role] of Object.entries(ROLE)) {
      const added = await fetch(`${node.file.url}/api/users`, {
        method: "POST",
        headers: {
          authorization: `Basic ${Buffer.from(`script:${passwordOf("script")}`).toString("base64")}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ name, role, password: passwordOf(name as Who) }),
      });
      assert.equal(((await added.json()) as { id: number }).id, ID[name as Who]);
    }
    for (const [task_id, who] of (["ann", "ben", "vic"] as const).entries()) {
      const reward = { task_id: task_id + 1, user_id: ID[who], amount: 10_000 };
      const { status } = await ask("olga", "POST", "/transactions/task-reward", reward);
      assert.equal(status, 200);
    }
    for (const who of ["ann", "olga"] as const) {
      const device = { device_id: `hub_of_${who}`, owner_id: ID[who], device_type: "hub" };
      assert.equal((await ask("olga", "POST", "/devices/", device)).status, 201);
    }
  });
  after(async () => {
    await node?.end("SIGKILL");
    removeDir(dir);
  });

  const reward = { task_id: 900, user_id: ID.ann, amount: 1 };
  const xp = { zone: "main", task_id: 900, xp_amount: 1 };
  const device = { owner_id: ID.ann, device_type: "hub" };
  /** What each of ann, ben, vic, olga, script and nobody gets; all of them ask in this order. */
  const RIGHTS: readonly (readonly [
    what: string,
    request: readonly [method: string, path: string, body?: object],
    statuses: readonly [ann: number, ben: number, vic: number, olga: number, script: number],
  ])[] = [
    ["ann's balance", ["GET", "/wallets/2"], [200, 403, 403, 200, 200]],
    ["the balance of nobody", ["GET", "/wallets/77"], [403, 403, 403, 404, 404]],
    ["the viewer's balance", ["GET", "/wallets/4"], [403, 403, 200, 200, 200]],
    ["ann's history", ["GET", "/wallets/2/history"], [200, 403, 403, 200, 200]],
    [
      "ann's wallet, by POST",
      ["POST", "/wallets/", { user_id: ID.ann }],
      [200, 403, 403, 200, 200],
    ],
    ["a transfer of ann's", ["GET", "/transactions/task:1:reward"], [200, 404, 404, 200, 200]],
    ["a transfer of nobody's", ["GET", "/transactions/task:99:reward"], [404, 404, 404, 404, 404]],
    ["the fee", ["GET", "/transactions/transfer-fee?amount=10"], [200, 200, 200, 200, 200]],
    ["devices", ["GET", "/devices/"], [200, 200, 200, 200, 200]],
    ["the supply", ["GET", "/supply"], [200, 200, 200, 200, 200]],
    ["what devices earn", ["GET", "/reward-rates"], [200, 200, 200, 200, 200]],
    ["a zone's multiplier", ["GET", "/devices/zone-multiplier/main"], [200, 200, 200, 200, 200]],
    ["a heartbeat of ann's", ["POST", "/devices/hub_of_ann/heartbeat"], [200, 403, 403, 200, 200]],
    [
      "a heartbeat of olga's",
      ["POST", "/devices/hub_of_olga/heartbeat"],
      [403, 403, 403, 200, 200],
    ],
    ["a heartbeat of nothing", ["POST", "/devices/no_hub/heartbeat"], [403, 403, 403, 404, 404]],
    ["a reward", ["POST", "/transactions/task-reward", reward], [403, 403, 403, 200, 200]],
    ["a device", ["POST", "/devices/", { ...device, device_id: "d" }], [403, 403, 403, 201, 409]],
    ["a device's change", ["PUT", "/devices/d", { owner_id: ID.ben }], [403, 403, 403, 200, 200]],
    ["a device's end", ["DELETE", "/devices/d"], [403, 403, 403, 200, 404]],
    ["experience", ["POST", "/devices/xp-grant", xp], [403, 403, 403, 200, 200]],
    ["a rate", ["PUT", "/reward-rates/hub", { rate_per_hour: 1_000 }], [403, 403, 403, 200, 200]],
    ["demurrage", ["POST", "/demurrage/trigger"], [403, 403, 403, 200, 200]],
  ];
  for (const [what, [method, path, body], statuses] of RIGHTS) {
    test(`${method} ${path} gives ${what} to ${WHO.filter((_, i) => (statuses[i] ?? 401) < 300).join(", ") || "nobody"} alone`, async () => {
      const found: number[] = [];
      for (const who of WHO) found.push((await ask(who, method, path, body)).status);
      assert.deepEqual(found, [...statuses, 401]);
    });
  }

  test("POST p2p-transfer moves the sender's own points: another's by an operator alone", async () => {
    const wish = { to_user_id: ID.vic, amount: 10 };
    const was = { ann: await balance("ann"), ben: await balance("ben"), vic: await balance("vic") };
    assert.equal((await send("ben", { ...wish, from_user_id: ID.ann })).error, "notYours");
    assert.equal((await send("vic", { ...wish, to_user_id: ID.ann })).error, "forbidden");
    assert.equal((await send("nobody", wish)).error, "unauthorized");
    assert.equal((await send("script", wish)).error, "personMissing");
    assert.deepEqual([await balance("ann"), await balance("vic")], [was.ann, was.vic]);
    assert.equal((await send("ben", wish)).status, 200);
    assert.equal((await send("ben", { ...wish, from_user_id: ID.ben })).status, 200);
    assert.equal((await send("olga", { ...wish, from_user_id: ID.ann })).status, 200);
    assert.equal((await send("script", { ...wish, from_user_id: ID.ann })).status, 200);
    assert.deepEqual(
      { ann: await balance("ann"), ben: await balance("ben"), vic: await balance("vic") },
      { ann: was.ann - 22_000, ben: was.ben - 22_000, vic: was.vic + 40_000 },
    );
  });

  /** What ann might send to get at more than she has: none moves a thousandth. */
  const HOSTILE: Readonly<Record<string, readonly [body: unknown, error: string]>> = {
    "less than nothing": [{ amount: -10 }, "badRequest"],
    nothing: [{ amount: 0 }, "badRequest"],
    "less than nothing at all": [{ amount: -0 }, "badRequest"],
    "a fraction of a thousandth": [{ amount: 10.0005 }, "badRequest"],
    "the least there is": [{ amount: Number.MIN_VALUE }, "badAmount"],
    "more than all": [{ amount: 1e308 }, "badRequest"],
    "a number without end": ['{"to_user_id":3,"amount":1e999}', "badRequest"],
    "what is no number": ['{"to_user_id":3,"amount":NaN}', "badJson"],
    "an amount as text": [{ amount: "10" }, "badRequest"],
    "an amount as a list": [{ amount: [10] }, "badRequest"],
    "an amount as truth": [{ amount: true }, "badRequest"],
    "no amount": [{ amount: undefined }, "badRequest"],
    "an amount twice, the last one bad": [
      '{"to_user_id":3,"amount":10,"amount":-10}',
      "badRequest",
    ],
    "more than she has": [{ amount: 1_000_000 }, "insufficientFunds"],
    "all she has, without the fee": [{ amount: 9_978 }, "insufficientFunds"],
    "less than the least": [{ amount: 9.999 }, "belowMinimum"],
    "to herself": [{ to_user_id: ID.ann }, "sameWallet"],
    "to nobody": [{ to_user_id: 77 }, "personUnknown"],
    "to the issuer": [{ to_user_id: "issuer" }, "badRequest"],
    "to person 0": [{ to_user_id: 0 }, "badRequest"],
    "to a person below 0": [{ to_user_id: -1 }, "badRequest"],
    "to a half person": [{ to_user_id: 1.5 }, "badRequest"],
    "to a list of one": [{ to_user_id: [ID.ben] }, "badRequest"],
    "to truth": [{ to_user_id: true }, "badRequest"],
    "to person 2^53": [{ to_user_id: 2 ** 53 }, "badRequest"],
    "from person 2 by a list": [{ from_user_id: [ID.ben] }, "badRequest"],
    "from nobody": [{ from_user_id: null }, "badRequest"],
    "a memo of a megabyte": [{ description: "x".repeat(2 ** 20) }, "tooLarge"],
    "a memo of 201 characters": [{ description: "x".repeat(201) }, "badRequest"],
    "a memo with half a character": [
      '{"to_user_id":3,"amount":10,"description":"\\ud800"}',
      "badRequest",
    ],
    "a memo that is none": [{ description: {} }, "badRequest"],
    "an id with a space": [{ request_id: "a b" }, "badRequest"],
    "an empty id": [{ request_id: "" }, "badRequest"],
    "an id of 101 characters": [{ request_id: "x".repeat(101) }, "badRequest"],
    "no JSON": ["to: 3", "badJson"],
    "a list": [[{ to_user_id: 3, amount: 10 }], "badRequest"],
    null: ["null", "badRequest"],
    "a prototype": ['{"__proto__":{"from_user_id":3},"to_user_id":3,"amount":-1}', "badJson"],
  };
  for (const [what, [hostile, error]] of Object.entries(HOSTILE)) {
    test(`POST p2p-transfer refuses ${what}: ${error}`, async () => {
      const before = await supply();
      const body =
        typeof hostile === "string" || Array.isArray(hostile)
          ? (hostile as string | object)
          : { to_user_id: ID.ben, amount: 10, ...(hostile as object) };
      const answer = await send("ann", body);
      assert.deepEqual([answer.error, answer.status < 500], [error, true]);
      assert.deepEqual(await supply(), before);
    });
  }

  test("POST p2p-transfer with one request_id moves points once, however often and by whomever it is sent", async () => {
    const was = { ann: await balance("ann"), ben: await balance("ben") };
    const wish = {
      to_user_id: ID.vic,
      amount: 20,
      request_id: "lunch",
      description: "昼ごはん 🍙",
    };
    const answers = await Promise.all(Array.from({ length: 20 }, () => send("ann", wish)));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.equal(answers.filter(({ repeated }) => repeated === false).length, 1);
    assert.equal(new Set(answers.map(({ transfer }) => transfer?.hash)).size, 1);
    for (const other of [
      { amount: 21 },
      { to_user_id: ID.ben },
      { description: "昼ごはん" },
      { amount: 20.001 },
    ]) {
      assert.equal((await send("ann", { ...wish, ...other })).error, "idTaken");
    }
    // The same name is another person's own.
    const bens = await send("ben", wish);
    assert.deepEqual([bens.status, bens.repeated], [200, false]);
    assert.notEqual(bens.transaction_id, answers[0]?.transaction_id);
    // An operator who asks for ann asks for what ann has asked.
    const again = await send("olga", { ...wish, from_user_id: ID.ann });
    assert.deepEqual([again.repeated, again.transfer], [true, answers[0]?.transfer]);
    assert.deepEqual(
      { ann: await balance("ann"), ben: await balance("ben") },
      { ann: was.ann - 21_000, ben: was.ben - 21_000 },
    );
    const { transfers } = await ask<WalletHistoryItem>("vic", "GET", "/wallets/4/history?limit=2");
    assert.deepEqual(
      transfers.map(({ memo }) => memo),
      [wish.description, wish.description],
    );
  });

  test("POST p2p-transfer of all that is there, many times at once, never takes more than that", async () => {
    const milli = await balance("ben");
    const amount = Math.floor(milli / 1_000 / 3);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        send("ben", { to_user_id: ID.ann, amount, request_id: `all-${i}` }),
      ),
    );
    const reasons = answers.filter(({ status }) => status !== 200).map(({ error }) => error);
    assert.deepEqual(
      [reasons.length >= 9, new Set(reasons)],
      [true, new Set(["insufficientFunds"])],
    );
    assert.ok((await balance("ben")) >= 0);
  });

  test("GET history by its cursor gives each transfer once, also while new ones come", async () => {
    const found: number[] = [];
    for (let next: number | null | undefined; next !== null; ) {
      const before = next === undefined ? "" : `&before=${next}`;
      const page = await ask<WalletHistoryItem>(
        "ann",
        "GET",
        `/wallets/2/history?limit=2${before}`,
      );
      assert.equal(page.hasMore, page.next !== null);
      found.push(...page.transfers.map((transfer) => transfer.no));
      assert.ok(found.length < 1_000, "it comes to an end");
      next = page.next;
      // By skipping, the next page would begin with one that was seen.
      if (found.length < 6) await send("ann", { to_user_id: ID.ben, amount: 10 });
    }
    const all = await ask<WalletHistoryItem>("ann", "GET", "/wallets/2/history?limit=200");
    const older = all.transfers
      .map((transfer) => transfer.no)
      .filter((no) => no <= (found[0] ?? 0));
    assert.deepEqual(found, older);
    assert.ok(found.length >= 6);
  });

  test("POST task-reward keeps its memo, is given once, and takes no task of the board its bounty away", async () => {
    const path = "/transactions/task-reward";
    const wish = { task_id: 1, user_id: ID.ann, amount: 10_000 };
    assert.equal((await ask("olga", "POST", path, wish)).status, 200);
    const other = await ask("olga", "POST", path, { ...wish, amount: 10_001 });
    assert.equal(other.error, "idTaken");
    const thanks = { ...wish, task_id: 901, description: "窓をありがとう" };
    assert.equal((await ask("olga", "POST", path, thanks)).status, 200);
    const { memo } = await ask<{ memo: string }>("ann", "GET", "/transactions/task:901:reward");
    assert.equal(memo, thanks.description);

    // The board's first task has the number of a reward given above.
    const login = `Basic ${Buffer.from(`olga:${passwordOf("olga")}`).toString("base64")}`;
    const headers = { authorization: login, "content-type": "application/json" };
    const act = async (method: string, url: string, body: object) =>
      (await (
        await fetch(`${node.file.url}${url}`, { method, headers, body: JSON.stringify(body) })
      ).json()) as TaskAnswerItem;
    const task = await act("POST", "/api/tasks/", {
      ...{ title: "Open a window", zone: "main", bounty_gold: 700, urgency: 3 },
    });
    assert.equal(task.id, 1);
    const was = await balance("ben");
    await act("PUT", `/api/tasks/${task.id}/accept`, { user_id: ID.ben });
    await act("PUT", `/api/tasks/${task.id}/complete`, { user_id: ID.ben });
    await until(async () => (await balance("ben")) === was + 700_000);
    const late = await ask("olga", "POST", path, { ...wish, task_id: task.id, amount: 5 });
    assert.equal(late.error, "idTaken");
  });

  test("mycel ledger verify finds all of it sound", async () => {
    const { status, stderr } = await runMycel(["ledger", "verify", "--data", join(dir, "data")]);
    assert.equal(status, 0, stderr);
  });
});
