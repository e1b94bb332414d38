import type { Readable, Writable } from 'node:stream';

/** Where a command runs: the process, or a test. */
export interface World {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly stdout: Writable & { readonly isTTY?: boolean | undefined };
  readonly stderr: Writable & { readonly isTTY?: boolean | undefined };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Somebody wants it to end. */
  readonly interrupted: AbortSignal;
}
