/**
 * Makes an open serial port notice that its device is gone. The package reads again whenever a read
 * gives nothing, but a tty that hung up gives nothing for ever: one core burns and no event comes
 * (serialport/bindings-cpp issue 162, open in 13.0.0). Needed on POSIX systems alone.
 */
import { read } from "node:fs";
import { promisify } from "node:util";
import type { SerialPort } from "serialport";

type OpenPort = NonNullable<SerialPort["port"]>;
type PosixPort = Extract<OpenPort, { readonly poller: unknown }>;

const readOnce = promisify(read);

/** To be called before the port is first read. */
export function noticeHangUp(port: OpenPort): void {
  if (!("poller" in port)) return;
  port.read = async (buffer, offset, length) => {
    for (;;) {
      // The number is gone once the port is closed, and may be another file's by now.
      if (port.fd === null) throw canceled();
      try {
        const { bytesRead } = await readOnce(port.fd, buffer, offset, length, null);
        if (bytesRead === 0) throw new Error("the device hung up");
        return { bytesRead, buffer };
      } catch (cause) {
        if (!isForLater(cause)) throw cause;
        if (port.fd === null) throw canceled();
        await readable(port);
      }
    }
  };
}

const readable = ({ poller }: PosixPort): Promise<void> =>
  new Promise((resolve, reject) => {
    poller.once("readable", (fault) => (fault === null ? resolve() : reject(fault)));
  });

const isForLater = (cause: unknown): boolean =>
  cause instanceof Error &&
  "code" in cause &&
  (cause.code === "EAGAIN" || cause.code === "EWOULDBLOCK" || cause.code === "EINTR");

/** As the package marks a read that ended because of `close`. */
const canceled = (): Error => Object.assign(new Error("the port is closed"), { canceled: true });
