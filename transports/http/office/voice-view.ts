/** What the routes of voice-routes.ts need of a node. Errors are codes of `problems.ts`. */
import type { Result } from "../../../runtime/result.ts";
import type {
  Clip,
  DualClip,
  RejectionStatusItem,
  Saying,
  SpokenTask,
  VoiceItem,
} from "./voice-contract.ts";

export type VoiceProblem = "badText" | "busy" | "timeout";

export interface VoiceView {
  synthesize(saying: Pick<Saying, "text" | "tone">): Promise<Result<Clip, VoiceProblem>>;
  announce(task: SpokenTask): Promise<Result<DualClip, VoiceProblem>>;
  feedback(
    kind: "task_accepted" | "task_completed",
    title: string | null,
  ): Promise<Result<Clip, VoiceProblem>>;
  rejection(): Promise<Result<Clip, VoiceProblem>>;
  rejectionStatus(): Promise<Result<RejectionStatusItem, VoiceProblem>>;
  clearRejections(): Promise<Result<RejectionStatusItem, VoiceProblem>>;
  /** On all pages. */
  say(saying: Saying): Promise<Result<VoiceItem, VoiceProblem>>;
  /** Newest first. */
  events(sinceMs: number): Promise<Result<readonly VoiceItem[], VoiceProblem>>;
  /** `folder`: below the folder of sounds. */
  audio(folder: "" | "rejections", file: string): Promise<Result<Uint8Array, "notFound">>;
}
