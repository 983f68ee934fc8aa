import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Clips } from "../../../actors/voice/clips.ts";
import {
  RejectionStock,
  STOCK_EVERY_MS,
  STOCK_EVERY_MS_MAX,
  STOCK_LOOK_MS,
  STOCK_MAX,
  STOCK_REFILL_BELOW,
} from "../../../actors/voice/stock.ts";
import fc from "../../support/fc.ts";
import { tone } from "../../transports/speech/voicevox-server.ts";

const entry = (text: string) => ({ text, file: null, durationS: null });
const filled = (count: number) =>
  new RejectionStock(Array.from({ length: count }, (_, i) => entry(`${i}`)));

test("RejectionStock fills up to 100, and begins again below 80", () => {
  const stock = filled(0);
  for (let i = 0; i < STOCK_MAX; i++) {
    assert.equal(stock.waitMs(true), STOCK_EVERY_MS);
    stock.add(entry(`${i}`));
  }
  assert.equal(stock.waitMs(true), STOCK_LOOK_MS);
  for (let count = STOCK_MAX; count > STOCK_REFILL_BELOW; count--) {
    stock.take(0.5);
    assert.equal(stock.isRefilling, false, `${count - 1}`);
  }
  stock.take(0.5);
  assert.deepEqual([stock.entries.length, stock.isRefilling], [79, true]);
  assert.equal(stock.waitMs(false), STOCK_LOOK_MS, "not while the voice has other work");
});

test("RejectionStock never holds more than 100, and none twice", () => {
  const act = fc.oneof(
    fc.record({ add: fc.nat(200) }, { noNullPrototype: true }),
    fc.record({ take: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }) }),
    fc.constant("clear" as const),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 400 }), (acts) => {
      const stock = filled(90);
      for (const next of acts) {
        if (next === "clear") stock.clear();
        else if ("add" in next) stock.add(entry(`${next.add}`));
        else stock.take(next.take);
        const texts = stock.entries.map(({ text }) => text);
        assert.ok(texts.length <= STOCK_MAX);
        assert.equal(new Set(texts).size, texts.length);
        if (texts.length < STOCK_REFILL_BELOW) assert.ok(stock.isRefilling);
      }
    }),
  );
});

test("RejectionStock asks half as often each time that nothing came of it, and as before when something did", () => {
  const stock = filled(10);
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) {
    waits.push(stock.waitMs(true));
    stock.madeInVain();
  }
  assert.deepEqual(waits.slice(0, 4), [3_000, 6_000, 12_000, 24_000]);
  assert.equal(waits.at(-1), STOCK_EVERY_MS_MAX);
  stock.add(entry("new"));
  assert.equal(stock.waitMs(true), STOCK_EVERY_MS);
});

const speech = { bytes: tone(0.1), mediaType: "audio/wav", durationS: 0.1 } as const;
const newDir = () => mkdtempSync(join(tmpdir(), "mycel-clips-"));

async function makeRejections(clips: Clips, count: number) {
  const made = [];
  for (let i = 0; i < count; i++) {
    const text = `no ${i}`;
    const { file, durationS } = await clips.of("rejection_", "v", text, async () => speech);
    made.push({ text, file, durationS });
  }
  return made;
}

test("Clips: the stock's manifest is read back by its own voice alone, and files that it does not name are removed", async () => {
  const dir = newDir();
  const clips = new Clips(dir);
  const made = await makeRejections(clips, 3);
  await clips.writeRejections("ja voicevox", made.slice(0, 2));
  writeFileSync(join(dir, "rejections", "rejection_x.wav.new"), "half");
  assert.deepEqual(await new Clips(dir).readRejections("ja voicevox"), made.slice(0, 2));
  const names = readdirSync(join(dir, "rejections"));
  assert.deepEqual(
    made.map(({ file }) => names.includes(file ?? "")),
    [true, true, false],
  );
  assert.ok(!names.some((name) => name.endsWith(".new")));
  rmSync(join(dir, "rejections", made[0]?.file ?? ""));
  assert.deepEqual(await new Clips(dir).readRejections("ja voicevox"), made.slice(1, 2));
  assert.deepEqual(await new Clips(dir).readRejections("en flite"), []);
});

test("Clips: what was taken from the stock can be heard for a while yet", async () => {
  const dir = newDir();
  const clips = new Clips(dir);
  const made = await makeRejections(clips, 30);
  for (let left = 30; left >= 0; left--) await clips.writeRejections("v", made.slice(30 - left));
  const sounds = readdirSync(join(dir, "rejections")).filter((name) => name.endsWith(".wav"));
  assert.equal(sounds.length, 20);
  assert.ok(sounds.includes(made[29]?.file ?? "") && !sounds.includes(made[0]?.file ?? ""));
});

test("Clips: a sound that lost its content is made again", async () => {
  const dir = newDir();
  let made = 0;
  const of = () =>
    new Clips(dir).of("speak_", "v", "Hello.", async () => {
      made += 1;
      return { bytes: tone(1), mediaType: "audio/wav", durationS: 1 };
    });
  const { file } = await of();
  await of();
  assert.equal(made, 1);
  truncateSync(join(dir, file ?? ""), 0);
  await of();
  assert.equal(made, 2);
});

test("Clips: of manifests that are written at once the last one stays", async () => {
  const dir = newDir();
  const clips = new Clips(dir);
  const made = await makeRejections(clips, 20);
  await Promise.all(made.map((_, count) => clips.writeRejections("v", made.slice(0, count + 1))));
  assert.deepEqual(await new Clips(dir).readRejections("v"), made);
});

test("Clips: the same words twice at once are one sound, made once", async () => {
  const clips = new Clips(newDir());
  let made = 0;
  const slow = async () => {
    made += 1;
    await new Promise((done) => setImmediate(done));
    return speech;
  };
  const all = await Promise.all([1, 2, 3].map(() => clips.of("feedback_", "v", "thanks", slow)));
  assert.equal(made, 1);
  assert.ok(all[0]?.file);
  assert.deepEqual(all[1], all[0]);
});

test("Clips: a sound that cannot be kept leaves no half of it", async () => {
  const dir = newDir();
  const { file } = await new Clips(dir).of("speak_", "v", "a", async () => speech);
  rmSync(join(dir, file ?? ""));
  // A folder in its place fails as a full disk does: after the writing.
  mkdirSync(join(dir, file ?? "", "taken"), { recursive: true });
  rmSync(join(dir, (file ?? "").replace(".wav", ".json")));
  await assert.rejects(new Clips(dir).of("speak_", "v", "a", async () => speech));
  assert.deepEqual(readdirSync(dir), [file]);
});

test("Clips: a damaged manifest is an empty stock", async () => {
  const dir = newDir();
  const clips = new Clips(dir);
  await clips.writeRejections("v", [entry("one")]);
  for (const text of [
    ...["", "{", "[]", "null", '{"voice":"v","entries":[{"text":1}]}'],
    '{"voice":"v","entries":[{"text":"a","file":"../../secret","durationS":1}]}',
  ]) {
    writeFileSync(join(dir, "rejections", "manifest.json"), text);
    assert.deepEqual(await clips.readRejections("v"), []);
  }
});

test("Clips keeps sounds of 100 MB at most", async () => {
  const dir = newDir();
  for (let i = 0; i < 20; i++) {
    const path = join(dir, `speak_${i}.wav`);
    writeFileSync(path, "");
    // Of holes: a sentence at its longest.
    truncateSync(path, 12_000_000);
    utimesSync(path, 1_000 + i, 1_000 + i);
  }
  await new Clips(dir).readRejections("v");
  const kept = Array.from({ length: 8 }, (_, i) => `speak_${12 + i}.wav`);
  assert.deepEqual(readdirSync(dir).sort(), kept);
});

test("Clips keeps the newest 500 sounds", async () => {
  const dir = mkdtempSync(join(tmpdir(), "mycel-clips-"));
  const clips = new Clips(dir);
  const speech = { bytes: tone(0.001), mediaType: "audio/wav", durationS: 0.001 } as const;
  const first = await clips.of("speak_", "v", "first", async () => speech);
  for (let i = 0; i < 600; i++) await clips.of("speak_", "v", `${i}`, async () => speech);
  const sounds = readdirSync(dir).filter((name) => name.endsWith(".wav"));
  assert.ok(sounds.length >= 500 && sounds.length <= 550, `${sounds.length}`);
  assert.equal(existsSync(join(dir, first.file ?? "")), false);
});
