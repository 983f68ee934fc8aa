/**
 * The same transfers in PostgreSQL, as somebody would write them there: tables of accounts, transfers and legs, one
 * transaction a transfer, rows locked in order of names, the id unique, the balance checked, committed to disk.
 */
import { connectPostgres } from "./postgres.ts";

export interface PostgresLedger {
  /** Moves a thousandth from each `from` to each `to`; so many connections work at once. */
  post(pairs: readonly (readonly [from: string, to: string])[]): Promise<void>;
  close(): Promise<void>;
}

/** In a schema of its own, which `close` drops. */
export async function openPostgresLedger(
  accounts: readonly string[],
  connections: number,
): Promise<PostgresLedger> {
  const schema = `mycel_bench_ledger_${process.pid}`;
  const clients = await Promise.all(Array.from({ length: connections }, connectPostgres));
  const [first] = clients;
  if (first === undefined) throw new Error("at least one connection");
  await first.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`);
  for (const client of clients) await client.query(`SET search_path TO ${schema}`);
  await first.query(`
    CREATE TABLE account (name text PRIMARY KEY, balance bigint NOT NULL,
      CHECK (balance >= 0 OR name = 'issuer'));
    CREATE TABLE transfer (no bigserial PRIMARY KEY, id text UNIQUE NOT NULL, kind text NOT NULL,
      memo text NOT NULL, at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE leg (transfer bigint NOT NULL REFERENCES transfer, account text NOT NULL REFERENCES account,
      amount bigint NOT NULL, balance bigint NOT NULL, PRIMARY KEY (account, transfer));
    CREATE FUNCTION post(pid text, pfrom text, pto text, pamount bigint) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE tno bigint; bfrom bigint; bto bigint;
      BEGIN
        PERFORM 1 FROM account WHERE name IN (pfrom, pto) ORDER BY name FOR UPDATE;
        INSERT INTO transfer (id, kind, memo) VALUES (pid, 'adjustment', '') RETURNING no INTO tno;
        UPDATE account SET balance = balance - pamount WHERE name = pfrom RETURNING balance INTO bfrom;
        UPDATE account SET balance = balance + pamount WHERE name = pto RETURNING balance INTO bto;
        INSERT INTO leg VALUES (tno, pfrom, -pamount, bfrom), (tno, pto, pamount, bto);
      END $$`);
  for (const name of accounts) {
    await first.query("INSERT INTO account VALUES ($1, $2)", [name, name === "issuer" ? 0 : 1e12]);
  }
  let last = 0;
  return {
    post: async (pairs) => {
      let next = 0;
      await Promise.all(
        clients.map(async (client) => {
          for (let pair = pairs[next++]; pair !== undefined; pair = pairs[next++]) {
            // A statement alone is a transaction of its own, and answered when it is on disk.
            await client.query({
              name: "post",
              text: "SELECT post($1, $2, $3, 1)",
              values: [`order-${last++}`, ...pair],
            });
          }
        }),
      );
    },
    close: async () => {
      await first.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      for (const client of clients) await client.end();
    },
  };
}
