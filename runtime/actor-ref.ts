/**
 * The address of an actor: the same type whether the actor lives on this thread or another.
 * A ref in a message crosses threads as its path and is made a ref again on the other side.
 */

export interface ActorRef<in M> {
  /** `mycel://node/user/hubs/swarm_hub_07/leaf_12` */
  readonly path: string;

  /**
   * Puts a message into the actor's mailbox and returns at once; delivered at most once.
   * False means refused: the sender is out of credit or the way is full; nothing was sent. A
   * message to an actor that has stopped counts as sent and becomes a dead letter.
   */
  tell(message: M): boolean;

  /**
   * Puts a copy of `bytes[start, end)` into the mailbox, where `onBytes` reads it in place.
   * `tag` (u32) and `atMs` (ms since the epoch) are the sender's to define and arrive as given.
   */
  tellBytes(bytes: Uint8Array, start: number, end: number, tag: number, atMs: number): boolean;
}
