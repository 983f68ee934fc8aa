/**
 * What a log never shows, whoever logs it: the net under the rule that secrets go into no error and no log line.
 * By the names of fields, three deep in what is logged: `err.request.headers.authorization`.
 */
const SECRET_FIELDS = [
  ...["password", "newPassword", "passwordHash", "mosquittoHash", "authorization", "cookie"],
  ...["apiKey", "key", "secret", "fleetSecret", "keySecret", "installCode", "session"],
  ...["Authorization", "Cookie", "set-cookie", "api-key", "x-api-key"],
];

/** As pino's `redact` has them. */
export const REDACTED: string[] = SECRET_FIELDS.flatMap((field) =>
  ["", "*", "*.*", "*.*.*"].map((above) => `${above}["${field}"]`),
);
