/** What the routes of person-routes.ts need of a node. */
import type { Result } from "../../../runtime/result.ts";
import type { Person, Role } from "./person-contract.ts";

/** Passwords come as they were typed, and are hashed before anything else happens. */
export interface PeopleView {
  people(): Promise<Result<readonly Person[], string>>;
  addPerson(person: {
    readonly name: string;
    readonly displayName: string;
    readonly role: Role;
    readonly password: string | undefined;
  }): Promise<Result<Person, string>>;
  changePerson(
    id: number,
    change: {
      readonly displayName?: string | undefined;
      readonly role?: Role | undefined;
      readonly isActive?: boolean | undefined;
      readonly password?: string | undefined;
    },
  ): Promise<Result<Person, string>>;
  /** Of an active person; the error is `wrong`, `busy` or `timeout`. */
  checkPassword(name: string, password: string): Promise<Result<Person, string>>;
}
