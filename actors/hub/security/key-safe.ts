/**
 * Seals leaves' keys for the store under a secret of the node's, so that a disk or a backup alone opens
 * nothing: AES-256-GCM (SP 800-38D), its key by HKDF (RFC 5869) of the secret. What is sealed is bound to
 * hub, leaf and key number: one leaf's does not open as another's.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { MycelError } from "../../../runtime/errors.ts";
import type { KeyRecord, SessionRecord } from "./messages.ts";

const CIPHER = "aes-256-gcm";
const LABEL = "mycel keys at rest 1";
const PREFIX = "gcm:";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export class KeySafe {
  readonly #key: Uint8Array | undefined;

  /** `secret` in hex; without one keys are kept as they are. */
  constructor(secret: string | undefined) {
    if (secret === undefined) return;
    this.#key = new Uint8Array(hkdfSync("sha256", Buffer.from(secret, "hex"), "", LABEL, 32));
  }

  /** The record as it goes to the store. */
  seal(record: SessionRecord): SessionRecord {
    const key = this.#key;
    if (key === undefined) return record;
    return withKeys(record, (each) => {
      if (each.key.startsWith(PREFIX)) return each.key;
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce);
      cipher.setAAD(contextOf(record, each));
      const sealed = Buffer.concat([cipher.update(each.key, "hex"), cipher.final()]);
      return PREFIX + Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString("hex");
    });
  }

  /** Throws `E_CONFIG_INVALID` where the secret is missing, or is not the one it was sealed with. */
  open(record: SessionRecord): SessionRecord {
    return withKeys(record, (each) => {
      if (!each.key.startsWith(PREFIX)) return each.key;
      const key = this.#key;
      if (key === undefined)
        throw wrongSecret(record, "is needed: leaves' keys are sealed with it");
      const bytes = Buffer.from(each.key.slice(PREFIX.length), "hex");
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES));
        decipher.setAAD(contextOf(record, each));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        const sealed = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
        return Buffer.concat([decipher.update(sealed), decipher.final()]).toString("hex");
      } catch {
        throw wrongSecret(record, "is not the one that leaves' keys are sealed with");
      }
    });
  }

  /** Whether the record should be written again, since it was kept before there was a secret. */
  isToBeSealed({ keys }: SessionRecord): boolean {
    return this.#key !== undefined && keys.some(({ key }) => !key.startsWith(PREFIX));
  }
}

const withKeys = (record: SessionRecord, turn: (key: KeyRecord) => string): SessionRecord => ({
  ...record,
  keys: record.keys.map((each) => ({ ...each, key: turn(each) })),
});

const contextOf = ({ hub, leafId }: SessionRecord, { keyNo }: KeyRecord): Buffer =>
  Buffer.from(JSON.stringify([hub, leafId, keyNo]));

const wrongSecret = ({ hub, leafId }: SessionRecord, what: string): MycelError =>
  new MycelError(
    "E_CONFIG_INVALID",
    `storage.keySecret ${what}: set it as it was, or restore a backup that was made without.`,
    { hub, leafId },
  );
