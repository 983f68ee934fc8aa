/** `node.json` in the data folder: where a running node is reached, for commands and tests. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MycelError } from "../runtime/errors.ts";

export interface NodeFile {
  readonly node: string;
  readonly pid: number;
  /** `http://127.0.0.1:8420` */
  readonly url: string;
  /** `mqtt://127.0.0.1:1883` */
  readonly mqttUrl: string;
  /** Hub id to the address its leaves send to. */
  readonly hubs: Readonly<Record<string, string>>;
}

const pathIn = (dir: string): string => join(dir, "node.json");

/** Renamed into place, so that a reader never finds half of it. */
export function writeNodeFile(dir: string, file: NodeFile): void {
  writeFileSync(`${pathIn(dir)}.new`, `${JSON.stringify(file, undefined, 2)}\n`);
  renameSync(`${pathIn(dir)}.new`, pathIn(dir));
}

export const removeNodeFile = (dir: string): void => rmSync(pathIn(dir), { force: true });

/** Throws `E_NODE_UNREACHABLE` where no node runs on this data folder. */
export function readNodeFile(dir: string): NodeFile {
  try {
    return JSON.parse(readFileSync(pathIn(dir), "utf8"));
  } catch (cause) {
    throw new MycelError(
      "E_NODE_UNREACHABLE",
      `No node runs on ${dir}: start one with npm start, or name its folder with --data or its address with --url.`,
      { dir },
      cause,
    );
  }
}
