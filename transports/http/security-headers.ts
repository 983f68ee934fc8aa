/**
 * What every answer carries, of whatever kind: OWASP's Secure Headers as far as they fit a page that loads nothing
 * from elsewhere. test/transports/http/security-headers.test.ts has their list and why ours differs.
 */

/** Devices and powers of a browser that the page has no use for. Those that Chromium does not know it complains of. */
const UNUSED_FEATURES = [
  ...["accelerometer", "camera", "clipboard-read", "clipboard-write", "cross-origin-isolated"],
  ...["display-capture", "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope"],
  ...["hid", "idle-detection", "keyboard-map", "magnetometer", "microphone", "midi", "payment"],
  ...["picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial", "sync-xhr"],
  ...["unload", "usb", "xr-spatial-tracking"],
];

const ALWAYS = {
  // Files of the page and sounds say otherwise.
  "Cache-Control": "no-store",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": [
    "autoplay=(self)",
    ...UNUSED_FEATURES.map((feature) => `${feature}=()`),
  ].join(", "),
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-DNS-Prefetch-Control": "off",
  "X-Frame-Options": "DENY",
  "X-Permitted-Cross-Domain-Policies": "none",
} as const;

/** Whoever has been here by TLS comes by TLS for a year. */
const HSTS = "max-age=31536000";

/** Nothing is loaded from elsewhere, and no other site may frame or embed the page. */
const CONTENT =
  "default-src 'self'; img-src 'self' data:; media-src 'self'; object-src 'none'; base-uri 'none'; " +
  "form-action 'self'; frame-ancestors 'none'; connect-src 'self'";

/** `livePort`: of a feed on a port of its own, which is not `'self'`. */
export function securityHeaders(
  livePort: number | null,
  isTls: boolean,
): Readonly<Record<string, string>> {
  const feed = livePort === null ? "" : ` ws://*:${livePort} wss://*:${livePort}`;
  const policy = `${CONTENT}${feed}${isTls ? "; upgrade-insecure-requests" : ""}`;
  return {
    ...ALWAYS,
    "Content-Security-Policy": policy,
    ...(isTls && { "Strict-Transport-Security": HSTS }),
  };
}
