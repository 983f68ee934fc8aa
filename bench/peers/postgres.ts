/**
 * PostgreSQL as it is installed, with readings in a plain table: a row each, found by hub, leaf, channel
 * and time, written by COPY, which is its quickest way in.
 *
 * Where: libpq's PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE; 127.0.0.1, whoever runs it and `test` by default.
 */
import { userInfo } from "node:os";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from } from "pg-copy-streams";

const CONNECT_MS_MAX = 5_000;

export interface TableSize {
  readonly rows: number;
  readonly bytes: number;
  readonly bytesWithIndex: number;
}

export interface ReadingTable {
  /** Rows of `rowOf`; resolves when they are committed. */
  write(rows: string): Promise<void>;
  size(): Promise<TableSize>;
  close(): Promise<void>;
}

/** In COPY's text format. */
export const rowOf = (
  time: string,
  { hub, leaf, channel, value }: Readonly<Record<"hub" | "leaf" | "channel" | "value", number>>,
): string => `${time}\t${hub}\t${leaf}\t${channel}\t${value}\n`;

/** False, or why it is left out. */
export async function noPostgres(): Promise<false | string> {
  try {
    await (await connectPostgres()).end();
    return false;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    return `PostgreSQL is not here to be measured (${why}): apt-get install postgresql, a database test or PGDATABASE`;
  }
}

/** Makes the table, and drops it however `work` ends. */
export async function withReadingTable<T>(
  name: string,
  work: (table: ReadingTable) => Promise<T>,
): Promise<T> {
  const client = await connectPostgres();
  try {
    await client.query(
      `CREATE TABLE ${name} (time timestamptz NOT NULL, hub smallint NOT NULL, leaf smallint NOT NULL,
         channel smallint NOT NULL, value real NOT NULL)`,
    );
    await client.query(`CREATE INDEX ON ${name} (hub, leaf, channel, time)`);
    return await work(tableOf(client, name));
  } finally {
    await client.query(`DROP TABLE IF EXISTS ${name}`);
    await client.end();
  }
}

export const openReadingTable = async (name: string): Promise<ReadingTable> =>
  tableOf(await connectPostgres(), name);

const tableOf = (client: pg.Client, name: string): ReadingTable => ({
  write: (rows) => pipeline(Readable.from([rows]), client.query(from(`COPY ${name} FROM STDIN`))),
  size: async () => {
    const { rows } = await client.query(
      `SELECT (SELECT count(*) FROM ${name})::float8 AS rows, pg_table_size('${name}')::float8 AS bytes,
         pg_total_relation_size('${name}')::float8 AS "bytesWithIndex"`,
    );
    return rows[0];
  },
  close: () => client.end(),
});

export async function connectPostgres(): Promise<pg.Client> {
  const {
    PGHOST: host = "127.0.0.1",
    PGDATABASE: database = "test",
    PGUSER: user = userInfo().username,
  } = process.env;
  const client = new pg.Client({ host, database, user, connectionTimeoutMillis: CONNECT_MS_MAX });
  await client.connect();
  return client;
}
