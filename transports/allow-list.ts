/** Which senders a link hears: addresses and networks from the settings. */
import { BlockList, isIP, isIPv6 } from "node:net";
import { MycelError } from "../runtime/errors.ts";

export interface AllowList {
  has(address: string): boolean;
}

/** All, when no list is given. Throws `E_LINK_OPEN` for an entry that is neither address nor network. */
export function allowList(entries: readonly string[] | undefined): AllowList {
  if (entries === undefined) return { has: () => true };
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", prefix] = entry.split("/");
    const version = isIP(address);
    const bits = prefix === undefined ? undefined : Number(prefix);
    const bitsFit =
      bits === undefined || (/^\d+$/.test(prefix ?? "") && bits <= (version === 6 ? 128 : 32));
    if (version === 0 || !bitsFit) {
      throw new MycelError(
        "E_LINK_OPEN",
        `The allowed sender "${entry}" is neither an IP address nor a network such as 192.0.2.0/24.`,
        { entry },
      );
    }
    const family = version === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, bits, family);
  }
  return {
    has: (address) => list.check(address.replace(/%.*$/, ""), isIPv6(address) ? "ipv6" : "ipv4"),
  };
}
