/** People of the office: who may log in, and what as. Passwords are kept hashed and never told. */
import type { ActorRef } from "../../runtime/actor-ref.ts";

/** `viewer` looks; `member` also takes tasks and sends points; `operator` may do everything. */
export const ROLES = ["viewer", "member", "operator"] as const;
export type Role = (typeof ROLES)[number];

export interface Person {
  /** From 1. */
  readonly id: number;
  /** For login; as `isName`. */
  readonly name: string;
  readonly displayName: string;
  readonly role: Role;
  readonly isActive: boolean;
  readonly createdAtMs: number;
}

/** `lastOperator`: nobody would be left who may give roles. */
export const PERSON_REFUSALS = [
  "personUnknown",
  "personNameTaken",
  "badPerson",
  "tooManyPeople",
  "lastOperator",
  "busy",
  "storeUnavailable",
] as const;
export type PersonRefusal = (typeof PERSON_REFUSALS)[number];

export type PersonAnswer =
  | { readonly type: "PersonSaved"; readonly person: Person }
  | { readonly type: "PersonRefused"; readonly reason: PersonRefusal };

/** `busy`: too many passwords are being checked at once. */
export type PasswordAnswer =
  | { readonly type: "PasswordRight"; readonly person: Person }
  | { readonly type: "PasswordRefused"; readonly reason: "wrong" | "busy" };

export type PeopleCommand =
  | {
      readonly type: "AddPerson";
      readonly name: string;
      readonly displayName: string;
      readonly role: Role;
      /** From `hashPassword`; undefined: cannot log in. */
      readonly passwordHash: string | undefined;
      readonly replyTo: ActorRef<PersonAnswer>;
    }
  | {
      readonly type: "ChangePerson";
      readonly id: number;
      readonly change: Partial<Pick<Person, "displayName" | "role" | "isActive">> & {
        readonly passwordHash?: string;
      };
      readonly replyTo: ActorRef<PersonAnswer>;
    }
  | { readonly type: "GetPeople"; readonly replyTo: ActorRef<PeopleListed> }
  /** Of a person who is active and has a password. */
  | {
      readonly type: "CheckPassword";
      readonly name: string;
      readonly password: string;
      readonly replyTo: ActorRef<PasswordAnswer>;
    };

export interface PeopleListed {
  readonly type: "PeopleListed";
  readonly people: readonly Person[];
}
