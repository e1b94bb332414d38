/** What the file system says, in short: `ENOENT`. */
export function causeCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
}
