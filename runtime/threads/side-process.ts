/**
 * A process beside the node, for one native library that must not take the node along when it aborts, as a thread
 * would: it runs one module, which answers plain messages (side-process-port.ts). It has no part in the node's
 * rings, actors or supervision; whoever started it decides what its end means. It ends with the node.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface SideProcess<In> {
  post(message: In): void;
  terminate(): Promise<void>;
}

export interface SideListener<Out> {
  onMessage(message: Out): void;
  /** Once, when it has ended by itself; the reason as a sentence. */
  onEnd(reason: string): void;
}

/** Of what it says on stderr: a library that aborts says why, and then shows its stack. */
const WORDS_CHARS_MAX = 200;

export function startSideProcess<In, Out>(
  entry: URL,
  data: unknown,
  { onMessage, onEnd }: SideListener<Out>,
): SideProcess<In> {
  const child = fork(fileURLToPath(entry), [JSON.stringify(data)], {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // Flags of this process, such as those of a test runner or a profiler, are none of its business.
    execArgv: ["--no-warnings"],
  });
  let words = "";
  let isExpected = false;
  let isOver = false;
  const ended = Promise.withResolvers<void>();
  const end = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    ended.resolve();
    if (!isExpected) onEnd(reason);
  };
  child.on("message", (message) => isExpected || onMessage(message as Out));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(0, WORDS_CHARS_MAX);
  });
  child.on("error", (error) => end(error.message));
  child.on("close", (status, signal) => {
    const why = words.replace(/\s+/g, " ").trim();
    end(`${signal ?? `status ${status}`}${why === "" ? "" : `, ${why}`}`);
  });
  // A node that is done does not wait for it.
  child.unref();
  child.channel?.unref();
  (child.stderr as { unref?(): void } | null)?.unref?.();
  return {
    // Its end is told by onEnd; what could not be sent any more needs no other word.
    post: (message) => void (isOver || child.send(message as object, () => {})),
    async terminate() {
      isExpected = true;
      if (isOver) return;
      child.kill("SIGKILL");
      await ended.promise;
    },
  };
}
