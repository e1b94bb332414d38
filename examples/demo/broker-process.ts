import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('broker.js', import.meta.url));

/** The embedded broker as a process of its own: frozen it is away, as one whose machine hangs or whose cable is out. */
export class BrokerProcess {
  readonly bootstrapServers: string;
  readonly #child: ChildProcess;
  /** What there is to say of it. */
  state = '';

  constructor(child: ChildProcess, bootstrapServers: string) {
    this.#child = child;
    this.bootstrapServers = bootstrapServers;
  }

  static async start(): Promise<BrokerProcess> {
    const child = spawn(process.execPath, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
    // A frozen one does not hear that the demo has ended.
    process.once('exit', () => child.kill('SIGKILL'));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
    const said = once(createInterface({ input: child.stdout }), 'line');
    const ended = once(child, 'exit').then(() => {
      throw new Error('the embedded broker did not start');
    });
    const [bootstrapServers] = (await Promise.race([said, ended])) as [string];
    return new BrokerProcess(child, bootstrapServers);
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
    this.state = ', the broker is frozen';
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
    this.state = ', the broker is back';
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
