/** Why something happened. */
import { z } from "zod";
import { type Route, route } from "../route.ts";
import { explanationSchema } from "./explain-contract.ts";
import { unknownId } from "./unknown-id.ts";

const explainParams = z.object({ id: z.string().min(1).max(200) });

export const EXPLAIN_ROUTES: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/explain/:id",
    summary:
      "Why: the chain from a reading over event, cycle and task to the payment, by any of their ids",
    params: explainParams,
    answer: explanationSchema,
    run: async ({ view }, { params: { id } }) => {
      const explained = await view.office.explain.explain(id);
      if (explained.ok || explained.error !== "idUnknown") return explained;
      return { ...explained, message: unknownId(id) };
    },
  }),
];
