/** For tests of a node's other parts: an office that refuses whatever its routes ask. */
import { err } from "../../runtime/result.ts";
import type { OfficeView } from "../../transports/http/office/office-view.ts";

const refusing = new Proxy({}, { get: () => async () => err("wrong") });

export const NO_OFFICE = new Proxy({}, { get: () => refusing }) as unknown as OfficeView;
