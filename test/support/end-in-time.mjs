/**
 * Loaded before each test file. The runner bounds tests but not their file: one that timed out leaves nodes and
 * sockets open, for whose end the file, and the whole run with it, would wait for ever. (`--test-force-exit` ends
 * files at once, and loses the last of their results.)
 */
import { isMainThread } from "node:worker_threads";

const ms = Number(process.env["MYCEL_TEST_FILE_MS"]);
if (isMainThread && process.env["NODE_TEST_CONTEXT"] !== undefined && ms > 0) {
  setTimeout(() => {
    console.error(`${process.argv[1]} did not end within ${ms / 1_000} s.`);
    process.exit(1);
  }, ms).unref();
}
