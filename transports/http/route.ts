/** A row of the API's table: what is asked, what is answered, who may ask, and how the node answers. */
import type { z } from "zod";
import type { Result } from "../../runtime/result.ts";
import type { Access } from "./access.ts";
import type { LiveInfo } from "./contract.ts";
import type { NodeView } from "./node-view.ts";
import type { Person, Role } from "./office/person-contract.ts";

export interface RouteContext {
  readonly view: NodeView;
  readonly live: () => LiveInfo;
  readonly access: Access;
}

/** Who asks. `personId` null: nobody has logged in, as on loopback. */
export interface Caller {
  readonly personId: number | null;
  readonly role: Role;
}

/** How the caller is known. */
export interface Visitor {
  readonly caller: Caller;
  /** Null: nobody has logged in, or the account of the settings has. */
  readonly person: Person | null;
  /** `none`: on loopback, where nobody is asked. */
  readonly by: "none" | "password" | "session";
  readonly session: string | undefined;
  /** Of the other end of the connection. */
  readonly address: string;
}

/** What a handler gets is what its schemas made of the request; its error is a code of `problems.ts`. */
export interface Route<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Parameters as `:name`. */
  readonly url: string;
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** `text` is Prometheus' exposition format; `wav` are the bytes of a sound. */
  readonly answer: z.ZodType | "text" | "wav";
  /** Server-sent events, each an `answer`; the value is their stream. */
  readonly isStream?: true;
  /** With which the answer comes; 200 unless told. */
  readonly statuses?: readonly number[];
  /** Answered to anyone who reaches the node, without a login. */
  readonly open?: true;
  /** Above the 64 KiB of the others, bytes. */
  readonly bodyBytesMax?: number;
  /** The least that the caller must be; viewer for what only looks, operator for all else unless told. */
  readonly role?: Role;
  /** How long the handler may take, ms; 10 s unless told. */
  readonly timeoutMs?: number;
  readonly run: (
    context: RouteContext,
    input: {
      params: z.output<P>;
      query: z.output<Q>;
      body: z.output<B>;
      caller: Caller;
      visitor: Visitor;
    },
  ) => Answer | Promise<Answer>;
}

/** A status of its own goes beside the value; else 200. */
export type Answer = Result<unknown, string> & {
  readonly status?: number;
  /** Of a refusal, where more is known than its code. */
  readonly message?: string;
  /** The session's cookie that goes with it; null takes it away. */
  readonly session?: string | null;
  /** Of a refusal that time mends. */
  readonly retryAfterMs?: number;
};

export const route = <
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
>(
  row: Route<P, Q, B>,
): Route => row as unknown as Route;
