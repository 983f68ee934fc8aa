/** `mycel person`: who may log in at a running node, and what as. */
import { Argument, Command } from "commander";
import { MycelError } from "../../runtime/errors.ts";
import type { User } from "../../transports/http/office/person-contract.ts";
import { ROLES, type Role } from "../person/messages.ts";
import {
  dataOption,
  type NodeAccess,
  type NodeClient,
  nodeClient,
  urlOption,
} from "./node-client.ts";
import { readSecretLine } from "./read-secret.ts";

export function personCommand(): Command {
  const person = new Command("person").description("people of the office: who may log in");
  withNode(person.command("list").description("all of them, one a line")).action(
    async (flags: NodeAccess) => {
      for (const user of await users(nodeClient(flags))) print(user);
    },
  );
  withNode(
    person
      .command("add")
      .description("add a person; the password is asked for, or read from standard input")
      .argument("<name>", "for login: a-z 0-9 _ -")
      .option("--display <name>", "how the page calls them")
      .option("--role <role>", ROLES.join(", "), "member")
      .option("--no-password", "they cannot log in; points and tasks they can have"),
  ).action(async (name: string, flags: NodeAccess & AddFlags) => {
    const password = flags.password ? await readSecretLine(`Password of ${name}`) : undefined;
    const added = await nodeClient(flags).post("/api/users", {
      name,
      role: roleOf(flags.role),
      ...(flags.display !== undefined && { displayName: flags.display }),
      ...(password !== undefined && { password }),
    });
    print(added as User);
  });
  withNode(
    person
      .command("passwd")
      .description("give a person a new password; it is asked for, or read from standard input")
      .argument("<name>", "for login"),
  ).action(async (name: string, flags: NodeAccess) => {
    const node = nodeClient(flags);
    const { id } = await userOf(node, name);
    const password = await readSecretLine(`Password of ${name}`);
    print((await node.put(`/api/users/${id}`, { password })) as User);
  });
  withNode(
    person
      .command("role")
      .description("change what a person may do; off: they cannot log in any more")
      .argument("<name>", "for login")
      .addArgument(
        new Argument("<role>", "what they may do, or whether they may log in").choices([
          ...ROLES,
          "off",
          "on",
        ]),
      ),
  ).action(async (name: string, role: string, flags: NodeAccess) => {
    const node = nodeClient(flags);
    const { id } = await userOf(node, name);
    const change =
      role === "off" || role === "on" ? { isActive: role === "on" } : { role: roleOf(role) };
    print((await node.put(`/api/users/${id}`, change)) as User);
  });
  return person;
}

interface AddFlags {
  readonly display?: string;
  readonly role: string;
  readonly password: boolean;
}

const withNode = (command: Command): Command =>
  command.addOption(dataOption()).addOption(urlOption());

const users = async (node: NodeClient): Promise<readonly User[]> =>
  (await node.get("/api/users")) as User[];

async function userOf(node: NodeClient, name: string): Promise<User> {
  const user = (await users(node)).find((each) => each.name === name);
  if (user === undefined) throw new MycelError("E_INPUT", `There is no person ${name}.`);
  return user;
}

function roleOf(text: string): Role {
  const role = ROLES.find((each) => each === text);
  if (role === undefined) throw new MycelError("E_INPUT", `A role is ${ROLES.join(", ")}.`);
  return role;
}

const print = ({ id, name, displayName, role, isActive }: User): void => {
  process.stdout.write(`${id}\t${name}\t${role}\t${isActive ? "active" : "off"}\t${displayName}\n`);
};
