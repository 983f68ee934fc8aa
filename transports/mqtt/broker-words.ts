/** Why a broker is away, as a clause for people: what follows "the broker is away: ". */
export function whyAway(error: Error & { readonly code?: unknown }): string {
  if (/before secure TLS connection/.test(error.message)) return NO_TLS;
  const alert = /SSL alert number (\d+)/.exec(error.message)?.[1];
  return ALERTS[alert ?? ""] ?? WORDS[String(error.code)] ?? error.message;
}

const CA = "set mqtt.ca to the file of the authority that signed it";
const NOT_TRUSTED = `its certificate is signed by nobody we trust: ${CA}`;
const NO_TLS = "it does not speak TLS there: mqtt.broker has mqtts:";
const CERT_WANTED = "it asks for a certificate of ours: set mqtt.cert and mqtt.key";
const CERT_UNKNOWN =
  "it does not trust our certificate: mqtt.cert must be of the authority it asks for";
const BUSY = "it is busy";
const PASSWORD = "it refuses our user and password";
const MQTT5 = "it does not speak MQTT 5, which MCP over MQTT needs";

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens at its address",
  ENOTFOUND: "its name is unknown",
  EAI_AGAIN: "its name cannot be looked up",
  EHOSTUNREACH: "its address cannot be reached",
  ECONNRESET: "it broke the connection off: where mqtt.broker has mqtts:, it may not speak TLS",
  ETIMEDOUT: "it does not answer",
  // OpenSSL's, as Node gives them.
  SELF_SIGNED_CERT_IN_CHAIN: NOT_TRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: NOT_TRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NOT_TRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: NOT_TRUSTED,
  CERT_SIGNATURE_FAILURE: NOT_TRUSTED,
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet: look at the clocks",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host name than mqtt.broker has",
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  EPROTO: NO_TLS,
  // CONNACK return codes, MQTT 3.1.1 table 3.1.
  1: MQTT5,
  3: BUSY,
  4: PASSWORD,
  5: PASSWORD,
  // Reason codes, MQTT 5 table 3-1.
  132: MQTT5,
  133: "it refuses our client id",
  134: PASSWORD,
  135: PASSWORD,
  136: BUSY,
  137: BUSY,
  138: "it has banned us",
};

/** TLS alerts of a broker that asks for our certificate, RFC 8446 §6.2; OpenSSL's names for them have changed. */
const ALERTS: Readonly<Record<string, string>> = {
  // TLS 1.2 has no word of its own for a missing one.
  40: CERT_WANTED,
  116: CERT_WANTED,
  42: CERT_UNKNOWN,
  46: CERT_UNKNOWN,
  48: CERT_UNKNOWN,
  43: "it takes mqtt.cert for no client's certificate",
  44: "mqtt.cert has been revoked",
  45: "mqtt.cert has expired",
};
