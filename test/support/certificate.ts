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
export function signedCertificate(names: string): {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
} {
  const dir = mkdtempSync(join(tmpdir(), "mycel-ca-"));
  const [ca, caKey] = [join(dir, "ca.pem"), join(dir, "ca-key.pem")];
  const [cert, key] = [join(dir, "cert.pem"), join(dir, "key.pem")];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const made = (args: readonly string[]): void => {
    const { status, stderr } = spawnSync(
      "openssl",
      ["req", "-x509", ...curve, "-days", "2", ...args],
      {
        encoding: "utf8",
      },
    );
    if (status !== 0) throw new Error(stderr);
  };
  made(["-subj", "/CN=an authority", "-keyout", caKey, "-out", ca]);
  made([
    ...["-CA", ca, "-CAkey", caKey, "-subj", "/CN=broker", "-keyout", key, "-out", cert],
    ...["-addext", `subjectAltName=${names}`, "-addext", "basicConstraints=critical,CA:FALSE"],
  ]);
  return { ca, cert, key };
}
