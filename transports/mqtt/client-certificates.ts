/**
 * Who a client of the broker is by the certificate that it showed, where `mqtt.tls.clientCa` asks for one:
 *
 *   certificate ──authority──▶ its common name and DNS names, each a user that it may be
 *   the broker's own ──▶ the node itself, which has no other
 */
import { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";

export const CERTIFICATE_REFUSALS = ["noCertificate", "otherCertificate"] as const;
export type CertificateRefusal = (typeof CERTIFICATE_REFUSALS)[number];

export interface Shown {
  /** The broker's own certificate: only who has its key can show it. */
  readonly isOwn: boolean;
  /** The common name first. */
  readonly names: readonly string[];
}

/** The error is OpenSSL's word for why it is not believed, or `NONE`. */
export function shownBy(socket: TLSSocket, ownPem: Buffer): Shown | { readonly error: string } {
  const shown = socket.getPeerX509Certificate();
  if (shown === undefined) return { error: "NONE" };
  // Whoever signed it: for which purposes it may be used does not matter between a node and itself.
  if (shown.raw.equals(new X509Certificate(ownPem).raw)) return { isOwn: true, names: [] };
  if (!socket.authorized) return { error: String(socket.authorizationError) };
  const { CN } = socket.getPeerCertificate().subject as { readonly CN?: string | string[] };
  const common = typeof CN === "string" ? [CN] : [];
  return { isOwn: false, names: [...common, ...dnsNames(shown.subjectAltName ?? "")] };
}

/** Node quotes what has commas, so that one name cannot pass for several; such a list has nothing for us. */
const dnsNames = (list: string): string[] =>
  list.includes('"')
    ? []
    : list.split(", ").flatMap((name) => (name.startsWith("DNS:") ? [name.slice(4)] : []));
