/** The same users and rights for Mosquitto, for those whose broker it is: mosquitto-conf(5), mosquitto_passwd(1). */
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { type MqttUser, rightsOf } from "./acl.ts";

/** Of Mosquitto 2.0; a person's password wants many, ours are random. */
const ITERATIONS = 10_000;
const HASH_BYTES = 64;
const SALT_BYTES = 12;

/** As `mosquitto_passwd` writes it: `$7$iterations$salt$hash`, PBKDF2 with SHA-512. */
export function mosquittoHash(password: string): string {
  const salt = randomBytes(SALT_BYTES);
  const hash = pbkdf2Sync(password, salt, ITERATIONS, HASH_BYTES, "sha512");
  return ["", "7", ITERATIONS, salt.toString("base64"), hash.toString("base64")].join("$");
}

export const passwordFile = (
  users: readonly { readonly id: string; readonly mosquittoHash: string }[],
): string => users.map(({ id, mosquittoHash: hash }) => `${id}:${hash}\n`).join("");

/** Who is not in it may say and hear nothing. */
export function aclFile(users: readonly MqttUser[]): string {
  return users
    .map((user) => {
      const { write, read } = rightsOf(user);
      const lines = [
        ...write.map((filter) => `topic write ${filter}`),
        ...read.map((filter) => `topic read ${filter}`),
        // MCP over MQTT 5 lives there, and `#` does not cover it.
        ...(user.role === "node" ? NODE_TOPICS.map((filter) => `topic readwrite ${filter}`) : []),
      ];
      return [`user ${user.id}`, ...lines, ""].join("\n");
    })
    .join("\n");
}

const NODE_TOPICS = ["$mcp-server/#", "$mcp-client/#", "$mcp-rpc/#"];
