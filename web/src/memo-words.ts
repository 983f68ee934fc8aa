/** What the system wrote as a transfer's memo, in the reader's words; what a person wrote stays as it is. */
import type { TransferItem } from "../../transports/http/office/wallet-contract.ts";
import { formatAge } from "./format.ts";
import { wordOf } from "./strings.ts";

/** As actors/wallet/memos.ts writes them: `uptime device=hub_01 seconds=3600`. */
const SYSTEM_MEMO = /^([a-z_]+)((?: [a-z]+=[^ =]+)+)$/;

export function memoWords({ kind, memo }: Pick<TransferItem, "kind" | "memo">): string {
  const [, code, about = ""] = SYSTEM_MEMO.exec(memo) ?? [];
  // Who sends points writes what they like, also what only looks like ours.
  if (code === undefined || kind === "p2p_transfer") return memo;
  const values = Object.fromEntries(
    about
      .trim()
      .split(" ")
      .map((part) => part.split("=", 2) as [string, string]),
  );
  const seconds = Number(values["seconds"]);
  const age = Number.isSafeInteger(seconds) && { age: formatAge(1_000 * seconds) };
  return wordOf("memo", code, { ...values, ...age }) ?? memo;
}
