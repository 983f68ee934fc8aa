/**
 * The task reports that this node has published: the broker sends them back, and they are no others'. The
 * same topic with another payload is somebody else's.
 */

/** Reports on their way to the broker and back: a hundred tasks done at once, and the broker away. */
export const OWN_REPORTS_MAX = 256;

export class OwnReports {
  /** Topic and payload; oldest first. */
  readonly #said = new Set<string>();

  said(topic: string, payload: string): void {
    const report = `${topic}\n${payload}`;
    this.#said.delete(report);
    this.#said.add(report);
    if (this.#said.size <= OWN_REPORTS_MAX) return;
    for (const oldest of this.#said) {
      this.#said.delete(oldest);
      return;
    }
  }

  /** True once for each. */
  isOwn(topic: string, payload: Uint8Array): boolean {
    if (this.#said.size === 0 || !topic.includes("/task_report/")) return false;
    return this.#said.delete(`${topic}\n${Buffer.from(payload).toString()}`);
  }
}
