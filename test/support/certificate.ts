/** A certificate for localhost that nobody but its owner vouches for, made by Debian's openssl. */
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const OPENSSL_MISSING =
  spawnSync("openssl", ["version"]).error !== undefined &&
  "openssl is not installed: apt-get install openssl";

/** In a folder of its own, or over the files of an earlier one. */
export function certificate(dir = mkdtempSync(join(tmpdir(), "mycel-tls-"))): {
  readonly cert: string;
  readonly key: string;
} {
  const files = { cert: join(dir, "cert.pem"), key: join(dir, "key.pem") };
  const made = spawnSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-days", "2", "-subj", "/CN=localhost", "-keyout", files.key, "-out", files.cert],
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ],
    { encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  return files;
}

/** A certificate for `names` (`DNS:localhost`), signed by an authority that is made with it. */
export function signedCertificate(names: string): Issued & { readonly ca: string } {
  const { ca, issue } = authority();
  return { ca, ...issue("broker", names) };
}

interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  readonly ca: string;
  issue(commonName: string, names?: string): Issued;
  /** One that ended a day ago. */
  outdated(commonName: string): Issued;
}

export function authority(): Authority {
  const dir = mkdtempSync(join(tmpdir(), "mycel-ca-"));
  const [ca, caKey] = [join(dir, "ca.pem"), join(dir, "ca-key.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const made = (args: readonly string[]): void => run(["req", "-x509", ...curve, ...args]);
  made(["-days", "2", "-subj", "/CN=an authority", "-keyout", caKey, "-out", ca]);
  let issued = 0;
  return {
    ca,
    issue: (commonName, names) => {
      issued += 1;
      const files = { cert: join(dir, `${issued}.pem`), key: join(dir, `${issued}-key.pem`) };
      made([
        ...["-CA", ca, "-CAkey", caKey, "-days", "2", "-subj", `/CN=${commonName}`],
        ...["-keyout", files.key, "-out", files.cert],
        ...(names === undefined ? [] : ["-addext", `subjectAltName=${names}`]),
        ...["-addext", "basicConstraints=critical,CA:FALSE"],
      ]);
      return files;
    },
    outdated: (commonName) => {
      const [asked, cert, key] = ["asked", "old", "old-key"].map((name) =>
        join(dir, `${name}.pem`),
      );
      const files = { cert: cert as string, key: key as string };
      const subject = ["-subj", `/CN=${commonName}`];
      run(["req", ...curve, ...subject, "-keyout", files.key, "-out", asked as string]);
      run([
        ...["x509", "-req", "-in", asked as string, "-CA", ca, "-CAkey", caKey],
        ...["-set_serial", "1", "-days", "-1", "-out", files.cert],
      ]);
      return files;
    },
  };
}

function run(args: readonly string[]): void {
  const { status, stderr } = spawnSync("openssl", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}
