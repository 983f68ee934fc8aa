/**
 * The credit that mailboxes here have lent to other threads.
 *
 *   arrived ──▶ the thread's loan is less ──half of its share or less──▶ Credit, if the mailbox is at
 *                                                    most half full, else as soon as it is
 *
 * The shares of all threads together are no more than the mailbox's capacity, and it is half empty when
 * it lends: so it holds at most half as much again of what they send, however many they are. Each thread
 * begins with credit for one message, whose arrival is the request for more.
 */
import type { ActorCell } from "../cell/actor-cell.ts";
import { type CreditShare, firstShareOf, shareOf } from "./credit-share.ts";
import type { GatewayMessage } from "./gateway-messages.ts";

interface Loan {
  messages: number;
  bytes: number;
}

interface Lender {
  readonly cell: ActorCell<never>;
  readonly share: CreditShare;
  /** By thread. */
  readonly loans: (Loan | undefined)[];
}

export class LentCredit {
  readonly #threads: number;
  readonly #say: (thread: number, message: GatewayMessage) => void;
  /** By number: the mailboxes with backpressure that other threads have sent to. */
  readonly #lenders = new Map<number, Lender>();
  /** Whose messages came last: they come in bursts. */
  #last: Lender | undefined;

  /** `threads`: how many others there are. */
  constructor(threads: number, say: (thread: number, message: GatewayMessage) => void) {
    this.#threads = threads;
    this.#say = say;
  }

  /** A message of that thread has come; `bytes` is what it takes of the byte ring. */
  arrived(from: number, cell: ActorCell<never>, bytes: number): void {
    const lender = this.#lenderOf(cell);
    const loan = this.#loanOf(lender, from);
    // What was forwarded is nobody's loan here.
    loan.messages = Math.max(0, loan.messages - 1);
    loan.bytes -= bytes;
    if (!isLow(loan, lender.share)) return;
    if (cell.hasCreditToGive) this.#topUp(lender, from, loan);
    else cell.lendWhenThereIsRoom();
  }

  /** The mailbox is half empty again. */
  roomAgain(number: number): void {
    const lender = this.#lenders.get(number);
    if (lender === undefined) return;
    for (const [thread, loan] of lender.loans.entries()) {
      if (loan !== undefined && isLow(loan, lender.share)) this.#topUp(lender, thread, loan);
    }
  }

  /** The actor has ended: nobody is to wait for it. */
  end(number: number): void {
    for (const [thread, loan] of this.#lenders.get(number)?.loans.entries() ?? []) {
      if (loan !== undefined) this.refuse(thread, number);
    }
    this.forget(number);
  }

  /** For a number with no actor. */
  refuse(thread: number, number: number): void {
    this.#say(thread, { type: "CreditEnd", number });
  }

  /** The actor lives elsewhere from now on, where credit begins anew. */
  forget(number: number): void {
    this.#lenders.delete(number);
    this.#last = undefined;
  }

  threadLost(thread: number): void {
    for (const { loans } of this.#lenders.values()) loans[thread] = undefined;
  }

  #topUp({ cell, share }: Lender, thread: number, loan: Loan): void {
    const messages = share.messages - loan.messages;
    const bytes = share.bytes - loan.bytes;
    loan.messages = share.messages;
    loan.bytes = share.bytes;
    this.#say(thread, { type: "Credit", number: cell.number, messages, bytes });
  }

  #lenderOf(cell: ActorCell<never>): Lender {
    if (this.#last?.cell === cell) return this.#last;
    let lender = this.#lenders.get(cell.number);
    if (lender === undefined) {
      lender = { cell, share: shareOf(cell.capacity, this.#threads), loans: [] };
      this.#lenders.set(cell.number, lender);
    }
    this.#last = lender;
    return lender;
  }

  #loanOf({ loans }: Lender, thread: number): Loan {
    let loan = loans[thread];
    if (loan === undefined) {
      loan = { ...firstShareOf(this.#threads) };
      loans[thread] = loan;
    }
    return loan;
  }
}

const isLow = (loan: Loan, share: CreditShare): boolean =>
  loan.messages <= share.messages >> 1 || loan.bytes <= share.bytes >> 1;
