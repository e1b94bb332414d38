/** What became of one command of the platform. */
interface Entry {
  /** It is no command at all: it belongs into the dead-letter topic. */
  readonly junk: boolean;
  attempts: number;
  executed: number;
  answered: number;
  deadLettered: number;
}

/** Accounts for every command: sent, tried, executed, answered or dead-lettered. Others' commands do not count. */
export class CommandLedger {
  readonly #entries = new Map<string, Entry>();
  /** What went wrong beside. */
  readonly errors: string[] = [];

  sent(id: string, junk = false): void {
    this.#entries.set(id, { junk, attempts: 0, executed: 0, answered: 0, deadLettered: 0 });
  }

  count(id: string, what: 'attempts' | 'executed' | 'answered' | 'deadLettered'): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry[what] += 1;
  }

  /** Whether every command has its answer, or its dead letter. */
  get settled(): boolean {
    return [...this.#entries.values()].every((entry) => entry.answered + entry.deadLettered > 0);
  }

  /** Prints the account; answers what is missing, empty when nothing is. */
  summarise(): string[] {
    const entries = [...this.#entries.values()];
    const sum = (of: (entry: Entry) => number): number => entries.reduce((all, entry) => all + of(entry), 0);
    const again = entries.filter(({ attempts }) => attempts > 1);
    console.log(`
commands      ${entries.length} sent
executed      ${sum(({ executed }) => executed)}
answered      ${sum(({ answered }) => answered)}
retried       ${again.length} (${sum(({ attempts }) => Math.max(0, attempts - 1))} failed attempts)
dead letters  ${sum(({ deadLettered }) => deadLettered)} (cannot be decoded)`);
    const missing = [...this.#entries].flatMap(([id, entry]) => faultsOf(id, entry));
    if (again.length === 0) missing.push('no command was tried again');
    return [...missing, ...this.errors];
  }
}

/** More than once is no fault: a command that could not be answered comes again. */
function faultsOf(id: string, { junk, executed, answered, deadLettered }: Entry): string[] {
  if (junk) return deadLettered > 0 ? [] : [`${id} has no dead letter`];
  const faults: string[] = [];
  if (executed === 0) faults.push(`${id} was not executed`);
  if (answered === 0) faults.push(`${id} was not answered`);
  if (deadLettered > 0) faults.push(`${id} has a dead letter`);
  return faults;
}
