/**
 * A VOICEVOX engine on loopback that speaks its protocol and sounds as a tone, with knobs for its faults.
 * A tenth of a second for each character, 24 kHz.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../../runtime/clock.ts";

export interface VoicevoxServer {
  readonly url: string;
  /** `path?query` of each request, in order. */
  readonly requests: string[];
  /** The next requests to this path end so. */
  fault:
    | { readonly path: string; readonly how: "500" | "422" | "hang" | "cut" | "noWav" | "noJson" }
    | undefined;
  close(): Promise<void>;
}

const RATE = 24_000;

/** `styles`: numbers of its voices; those of VOICEVOX that are used here unless told. */
export async function startVoicevox(
  styles: readonly number[] | undefined = [46, 47, 48, 49],
): Promise<VoicevoxServer> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://engine");
    requests.push(`${url.pathname}${url.search}`);
    let body = "";
    for await (const part of request) body += part;
    const how = self.fault?.path === url.pathname ? self.fault.how : undefined;
    if (how === "hang") return;
    if (how === "cut") {
      response.writeHead(200, { "content-length": "1000" });
      response.write("RIFF");
      systemClock.after(10, () => response.destroy());
      return;
    }
    if (how === "500" || how === "422") {
      response.writeHead(Number(how)).end("{}");
      return;
    }
    if (how === "noJson") response.end("<html>");
    else if (url.pathname === "/version") response.end('"0.21.1"');
    else if (url.pathname === "/speakers" && request.method === "GET") {
      response.end(JSON.stringify([{ name: "one", styles: styles.map((id) => ({ id })) }]));
    } else if (request.method !== "POST") response.writeHead(405).end();
    else if (url.pathname === "/audio_query") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ kana: url.searchParams.get("text"), speedScale: 1 }));
    } else if (url.pathname === "/synthesis") {
      const { kana } = JSON.parse(body) as { kana: string };
      response.setHeader("content-type", "audio/wav");
      response.end(how === "noWav" ? "no sound" : tone(kana.length / 10));
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const self: VoicevoxServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fault: undefined,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return self;
}

export function tone(seconds: number): Buffer {
  const samples = Math.round(seconds * RATE);
  const wav = Buffer.alloc(44 + 2 * samples);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + 2 * samples, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(2 * RATE, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(2 * samples, 40);
  for (let i = 0; i < samples; i++) {
    wav.writeInt16LE(Math.round(8_000 * Math.sin((i * 2 * Math.PI * 440) / RATE)), 44 + 2 * i);
  }
  return wav;
}
