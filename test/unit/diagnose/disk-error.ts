/** What the file system of a machine rejects with. */
export class DiskError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`${code}: refused`);
    this.code = code;
  }
}
