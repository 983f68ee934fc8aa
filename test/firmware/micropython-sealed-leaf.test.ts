/** The MicroPython leaf of wire v2, in MicroPython itself (as WebAssembly). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeSealedLeaf } from "./sealed-leaf-suite.ts";
import { firmware } from "./toolchain.ts";

const load = async () => {
  const { loadMicroPython } = await import("@micropython/micropython-webassembly-pyscript");
  const python = await loadMicroPython({ heapsize: 8_000_000 });
  for (const file of readdirSync(join(firmware, "micropython"))) {
    if (!file.endsWith(".py")) continue;
    python.FS.writeFile(file, readFileSync(join(firmware, "micropython", file), "utf8"));
  }
  const driver = readFileSync(join(firmware, "test/leaf_driver.py"), "utf8");
  python.FS.writeFile("leaf_driver.py", driver);
  return python.pyimport("leaf_driver");
};
const loaded = load();

// Few runs: AES in an interpreter that is itself interpreted costs milliseconds a frame.
describeSealedLeaf("MicroPython", { skip: false, runs: 3 }, async () => {
  const driver = await loaded;
  const act = (line: string): string => String(driver["act"]?.(line));
  act("new");
  return {
    do: async (line) => act(line).split(","),
    close: () => {},
  };
});
