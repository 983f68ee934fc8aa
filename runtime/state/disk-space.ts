/**
 * Room on the disk that holds the store. Writing stops while a reserve is still free: LMDB copies
 * pages on write, so even a removal needs room, and other programs on the disk should not die of us.
 */
import { statfsSync } from "node:fs";

/** 64 MiB holds minutes of commits at full load; a small disk gives a twentieth of itself. */
const RESERVE_BYTES_DEFAULT = 64 * 1024 * 1024;
const RESERVE_SHARE_MAX = 20;

/** More than a usual commit writes. */
const USED_UP_BYTES = 1024 * 1024;

export class DiskSpace {
  readonly reserveBytes: number;
  readonly #dir: string;

  constructor(dir: string, reserveBytes?: number) {
    this.#dir = dir;
    const { blocks, bsize } = statfsSync(dir);
    const share = Math.floor((blocks * bsize) / RESERVE_SHARE_MAX);
    this.reserveBytes = reserveBytes ?? Math.min(RESERVE_BYTES_DEFAULT, share);
  }

  /** Once full, a quarter more than the reserve must be free, so that the alert does not flutter. */
  hasRoom(wasFull: boolean): boolean {
    return this.#freeBytes() >= this.reserveBytes * (wasFull ? 1.25 : 1);
  }

  /** So little is left that a failed write most likely failed for that. */
  isUsedUp(): boolean {
    return this.#freeBytes() < USED_UP_BYTES;
  }

  #freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.#dir);
    return bavail * bsize;
  }
}

/** LMDB's own `MDB_MAP_FULL`, and what the kernel says of disk, quota and file size. */
const NO_ROOM_CODES: readonly unknown[] = [-30_792, 28, 122, 27, "ENOSPC", "EDQUOT", "EFBIG"];

export function isNoRoom(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: string };
  return NO_ROOM_CODES.includes(code) || /no space left|quota exceeded/i.test(message ?? "");
}
