/**
 * `mycel mqtt-user`: users of the bus. They stand in the settings, under `mqtt.users`, and nowhere else: `add`
 * writes or prints the entry to put there, with hashes of the password in place of it. A running node takes
 * the change on SIGHUP.
 */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import { stringify } from "yaml";
import { loadConfig } from "../../config/load.ts";
import { MycelError } from "../../runtime/errors.ts";
import { MQTT_ROLES, type MqttRole } from "../../transports/mqtt/acl.ts";
import { aclFile, mosquittoHash, passwordFile } from "../../transports/mqtt/mosquitto-files.ts";
import { hashPassword, RANDOM_PASSWORD_COST } from "../../transports/password.ts";
import { isName } from "../zone/messages.ts";
import { addUser, removeUser } from "./mqtt-users-file.ts";
import { readSecretLine } from "./read-secret.ts";

/** 144 bits: beyond guessing, and 24 letters to paste into a device. */
const PASSWORD_BYTES = 18;

const ON_SIGHUP = "a running node knows after kill -HUP";

interface AddFlags {
  readonly role: MqttRole;
  readonly zone?: readonly string[];
  readonly ask?: true;
  readonly certificate?: true;
  readonly config?: string;
}

function put(
  config: string | undefined,
  entry: { readonly id: string; readonly [field: string]: unknown },
): void {
  if (config === undefined) {
    process.stdout.write(stringify([entry], { lineWidth: 0 }));
    return;
  }
  addUser(config, entry);
  process.stdout.write(`${entry.id} is in ${config}; ${ON_SIGHUP}\n`);
}

export function mqttUserCommand(): Command {
  const command = new Command("mqtt-user").description(
    "users of the bus: each device with topics of its own",
  );
  command
    .command("add")
    .description("an entry for mqtt.users; the password is made, and told once, on stderr")
    .argument("<name>", "user name, and the device's name in its topics")
    .addOption(new Option("--role <role>", "").choices(MQTT_ROLES).default("device"))
    .option("--zone <zone...>", "in which it speaks (default: any)")
    .option("--ask", "type a password, or pipe it in, instead of having one made")
    .addOption(
      new Option(
        "--certificate",
        "no password: a certificate says who it is (mqtt.tls.clientCa)",
      ).conflicts("ask"),
    )
    .option("--config <file>", "write it into these settings instead of to stdout")
    .action(async (id: string, { role, zone, ask, certificate, config }: AddFlags) => {
      if (!isName(id)) throw new MycelError("E_INPUT", "A name is 1-64 of a-z 0-9 _ -.");
      const named = { id, role, ...(zone !== undefined && { zones: zone }) };
      if (certificate) {
        put(config, named);
        return;
      }
      const password = ask
        ? await readSecretLine(`Password of ${id}`)
        : randomBytes(PASSWORD_BYTES).toString("base64url");
      if (password === "") throw new MycelError("E_INPUT", "An empty password opens to anybody.");
      put(config, {
        ...named,
        passwordHash: await (ask
          ? hashPassword(password)
          : hashPassword(password, RANDOM_PASSWORD_COST)),
        mosquittoHash: mosquittoHash(password),
      });
      // Last: a password of nobody's would be of no use.
      if (!ask) process.stderr.write(`password of ${id}: ${password}\n`);
    });
  command
    .command("remove")
    .description("take a user out of a settings file")
    .argument("<name>", "user name")
    .requiredOption("--config <file>", "settings with mqtt.users")
    .action((id: string, { config }: { config: string }) => {
      removeUser(config, id);
      process.stdout.write(`${id} is no longer in ${config}; ${ON_SIGHUP}\n`);
    });
  command
    .command("export")
    .description("the users of a settings file as Mosquitto's password_file and acl_file")
    .requiredOption("--config <file>", "settings with mqtt.users")
    .requiredOption("--mosquitto <dir>", "where `passwords` and `acl` are written")
    .action(({ config, mosquitto: dir }: { config: string; mosquitto: string }) => {
      const { users, user, password } = loadConfig(config).mqtt;
      const node =
        user === undefined || password === undefined
          ? []
          : [
              {
                ...{ id: user, role: "node" as const, zones: [], write: [], read: [] },
                ...{ passwordHash: "its own", mosquittoHash: mosquittoHash(password) },
              },
            ];
      const all = [...node, ...users];
      const hashes = all.flatMap(({ id, passwordHash, mosquittoHash: hash }) => {
        if (hash !== undefined) return [{ id, mosquittoHash: hash }];
        // Known by its certificate alone, to Mosquitto by its use_identity_as_username.
        if (passwordHash === undefined) return [];
        throw new MycelError(
          "E_INPUT",
          `${id} has no mosquittoHash: mycel mqtt-user add makes one.`,
        );
      });
      mkdirSync(dir, { recursive: true });
      const files = { passwords: passwordFile(hashes), acl: aclFile(all) };
      for (const [name, text] of Object.entries(files)) {
        writeFileSync(join(dir, name), text, { mode: 0o600 });
        chmodSync(join(dir, name), 0o600);
        process.stdout.write(`${join(dir, name)}\n`);
      }
    });
  return command;
}
