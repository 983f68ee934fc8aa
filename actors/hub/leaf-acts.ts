/** What an operator may do to a leaf's record, and when it is refused. Pure. */
import { CONFIG_KEYS, type ConfigKeyName } from "../../firmware/wire/sealed-types.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import { isName } from "../zone/messages.ts";
import type { HubCommand, HubRefusal } from "./messages.ts";
import type { Verdict } from "./record-changes.ts";
import { agree, defaultName, stranger } from "./registration.ts";

export type LeafAct = WithoutAsker<
  Extract<
    HubCommand,
    {
      type:
        | "AddLeaf"
        | "RenameLeaf"
        | "MoveLeaf"
        | "AdoptLeaf"
        | "AgreeHardware"
        | "KeepHardware"
        | "LimitLeaf"
        | "SetSleep"
        | "ConfigureLeaf";
    }
  >
>;
type WithoutAsker<A> = A extends unknown ? Omit<A, "replyTo"> : never;

export interface ActRules {
  readonly hub: string;
  /** For leaves that name no other. */
  readonly zone: string;
  /** Ids from 0 to below this have a row. */
  readonly leavesMax: number;
  /** Every record of the hub, and those on their way to the store. */
  records(): Iterable<LeafRecord>;
  /** What the hardware that claims a disputed id said it can do, if that is still known. */
  claimedCapabilities(leafId: number): readonly string[];
}

export function judgeAct(
  act: LeafAct,
  known: LeafRecord | undefined,
  rules: ActRules,
): Result<Verdict, HubRefusal> {
  if (act.type === "AddLeaf") return judgeAdd(act, known, rules);
  if (known === undefined) return err("leafUnknown");
  switch (act.type) {
    case "RenameLeaf": {
      if (!isName(act.name)) return err("badName");
      if (act.name === known.name) return unchanged(known);
      if (!isFree(act.name, known.leafId, rules)) return err("nameTaken");
      return ok({ record: { ...known, name: act.name }, event: "leaf_renamed" });
    }
    case "MoveLeaf": {
      if (!isName(act.zone)) return err("badName");
      if (act.zone === known.zone) return unchanged(known);
      return ok({ record: { ...known, zone: act.zone }, event: "leaf_moved" });
    }
    case "AdoptLeaf": {
      if (known.standing !== "stranger") return unchanged(known);
      return ok({ record: { ...known, standing: "adopted" }, event: "leaf_adopted" });
    }
    case "AgreeHardware": {
      if (known.standing !== "disputed") return err("notDisputed");
      const record = agree(known, rules.claimedCapabilities(known.leafId));
      return ok({ record, event: "leaf_registered" });
    }
    case "KeepHardware": {
      if (known.standing !== "disputed") return err("notDisputed");
      const record = { ...known, standing: "adopted" as const, claimedHardware: undefined };
      return ok({ record, event: "leaf_adopted" });
    }
    case "LimitLeaf": {
      const { framesPerSecondMax } = act;
      if (framesPerSecondMax === known.framesPerSecondMax) return unchanged(known);
      return ok({ record: { ...known, framesPerSecondMax }, event: undefined });
    }
    case "SetSleep": {
      const { sleeps, wakeVia } = act;
      if (wakeVia === known.leafId) return err("leafUnknown");
      if (sleeps === known.sleeps && wakeVia === known.wakeVia) return unchanged(known);
      return ok({ record: { ...known, sleeps, wakeVia }, event: undefined });
    }
    case "ConfigureLeaf": {
      const { settings } = act;
      if (!areSettings(settings)) return err("badSetting");
      const version = ((known.config?.version ?? 0) % CONFIG_VERSION_MAX) + 1;
      return ok({ record: { ...known, config: { version, settings } }, event: undefined });
    }
  }
}

/** The version has 16 bits; a leaf takes any that is not its own. */
const CONFIG_VERSION_MAX = 0xffff;

/** Each a key of `CONFIG_KEYS` with a whole number of its width. */
function areSettings(settings: Readonly<Record<string, number>>): boolean {
  return Object.entries(settings).every(([name, value]) => {
    if (!Object.hasOwn(CONFIG_KEYS, name)) return false;
    const { bytes } = CONFIG_KEYS[name as ConfigKeyName];
    return Number.isInteger(value) && value >= 0 && value < 256 ** bytes;
  });
}

/** A leaf that was only heard may be added like an unknown one. */
function judgeAdd(
  act: Extract<LeafAct, { type: "AddLeaf" }>,
  known: LeafRecord | undefined,
  rules: ActRules,
): Result<Verdict, HubRefusal> {
  const { leafId } = act;
  const name = act.name ?? known?.name ?? defaultName(leafId);
  const zone = act.zone ?? known?.zone ?? rules.zone;
  if (!Number.isInteger(leafId) || leafId < 0 || leafId >= rules.leavesMax) return err("hubFull");
  if (known !== undefined && known.standing !== "stranger") return err("leafExists");
  if (!isName(name) || !isName(zone)) return err("badName");
  if (!isFree(name, leafId, rules)) return err("nameTaken");
  const record = { ...stranger(rules.hub, leafId, zone), name, standing: "adopted" as const };
  return ok({ record, event: "leaf_added" });
}

/** `leaf_12` is kept for leaf 12 even before it is heard. */
function isFree(name: string, leafId: number, rules: ActRules): boolean {
  if (name === defaultName(leafId)) return true;
  if (/^leaf_\d+$/.test(name)) return false;
  for (const record of rules.records()) {
    if (record.leafId !== leafId && record.name === name) return false;
  }
  return true;
}

const unchanged = (record: LeafRecord): Result<Verdict, HubRefusal> =>
  ok({ record, event: undefined });
