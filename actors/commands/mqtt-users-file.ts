/**
 * `mqtt.users` of a settings file, changed in place: what else stands there, comments too, stays as it is.
 * The file is written whole or not at all, and never with a mistake in it.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { isSeq, parseDocument } from "yaml";
import { loadConfig } from "../../config/load.ts";
import { MycelError } from "../../runtime/errors.ts";

const USERS = ["mqtt", "users"];

/** Throws `E_INPUT` where a user has this name already. */
export function addUser(file: string, entry: { readonly id: string }): void {
  if (idsIn(file).includes(entry.id)) {
    throw new MycelError(
      "E_INPUT",
      `${file} has a user ${entry.id}: remove it first (mycel mqtt-user remove ${entry.id} --config ${file}).`,
    );
  }
  change(file, (document) => {
    if (isSeq(document.getIn(USERS))) document.addIn(USERS, document.createNode(entry));
    else document.setIn(USERS, document.createNode([entry]));
  });
}

/** Throws `E_INPUT` where nobody has this name. */
export function removeUser(file: string, id: string): void {
  const at = idsIn(file).indexOf(id);
  if (at < 0) throw new MycelError("E_INPUT", `${file} has no user ${id} under mqtt.users.`);
  change(file, (document) => {
    document.deleteIn([...USERS, at]);
  });
}

const idsIn = (file: string): string[] => loadConfig(file).mqtt.users.map(({ id }) => id);

function change(file: string, edit: (document: ReturnType<typeof parseDocument>) => void): void {
  const document = parseDocument(readFileSync(file, "utf8"));
  edit(document);
  const half = `${file}.new`;
  rmSync(half, { force: true });
  try {
    writeFileSync(half, document.toString({ lineWidth: 0 }), {
      mode: statSync(file).mode,
      flag: "wx",
    });
    loadConfig(half);
    renameSync(half, file);
  } finally {
    rmSync(half, { force: true });
  }
}
