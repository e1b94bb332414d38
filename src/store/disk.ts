/** The file system as a port. Real and in memory it behaves the same; one call at a time for all stores of a process. */

interface Medium {
  /** There are no other threads behind it: what takes time is done on the spot, so that each run of a test is the same. */
  readonly onTheSpot?: boolean;
}

/** What went wrong has a `code` as Node's errors have: ENOSPC, EROFS, EIO, EACCES, ENOENT, … */
export interface DiskFile extends Medium {
  /** @returns bytes read; fewer than asked for at the end of the file */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes all of it, or rejects: then part of it may be there. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** What was written survives a power cut from now on. Rejects with ENOENT when the file has no name any more. */
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  /** Never rejects. */
  close(): Promise<void>;
}

export interface FileSystemFacts {
  readonly freeBytes: number;
  /** `network`: a commit there does not mean what it says; `unknown`: it cannot be told (FUSE). */
  readonly sort: 'local' | 'network' | 'unknown';
  readonly name: string;
}

/** A folder that is ours until it is released, or the process ends, however that happens. */
export interface FolderLock {
  /** Whether it rests on more than a process id. */
  readonly sure: boolean;
  release(): Promise<void>;
}

export interface Disk extends Medium {
  /** With its parents, 0700; their names survive a power cut. Fine when it is there. */
  makeFolder(path: string): Promise<void>;
  /** Names, unordered; [] when there is no such folder. */
  list(path: string): Promise<string[]>;
  /** `create`: new and empty, 0600, fails when it is there. `write`: for reading and writing, must be there. */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile>;
  /** Fine when it is not there. */
  remove(path: string): Promise<void>;
  /** What is at `to` is replaced, in one step. */
  rename(from: string, to: string): Promise<void>;
  /** Names in it survive a power cut from now on. */
  syncFolder(path: string): Promise<void>;
  facts(path: string): Promise<FileSystemFacts>;
  /** @returns `null`: somebody else has it. */
  lock(folder: string): Promise<FolderLock | null>;
}
