/** Why something happened: the chain from a reading to a payment, as a tree of lines. */
import { z } from "zod";

export const chainLineSchema = z.object({
  /** 0 for what it all began with; a line belongs to the one above it that is less deep. */
  depth: z.number().int(),
  kind: z.enum([
    "reading",
    "event",
    "cycle",
    "saw",
    "thought",
    "call",
    "task",
    "step",
    "transfer",
    /** Something that was said aloud. */
    "voice",
    /** To a leaf or a device. */
    "command",
    "note",
  ]),
  /** By which it can be asked for; null: it has none. */
  id: z.string().nullable(),
  atMs: z.number().nullable(),
  /** ms that it took, where it has an end. */
  tookMs: z.number().nullable(),
  /** In English. */
  text: z.string(),
  /** The same for other languages: a code, and what its words fill in. Absent: others' words, as they came. */
  said: z
    .object({
      code: z.string(),
      values: z.record(z.string(), z.union([z.string(), z.number()])),
    })
    .optional(),
});

export const explanationSchema = z.object({
  /** As it was asked for, in its full form: `task:17`. */
  id: z.string(),
  lines: z.array(chainLineSchema),
});

export type ChainLine = z.infer<typeof chainLineSchema>;
export type Explanation = z.infer<typeof explanationSchema>;
