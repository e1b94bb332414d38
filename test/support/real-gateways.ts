/** Gateways on real Kafka, and loops that work off what they get. */
import { createKafkaNorthward, type Command, type KafkaNorthward } from '../../src/index.js';
import { idOf } from './downlink-gateway.js';

/** Long enough for a busy machine: a wait that takes so long has failed. */
export const LONG_MS = 60_000;

export interface RealGatewayOptions {
  readonly topic: string;
  /** Default: the topic's name. */
  readonly groupId?: string;
  readonly downlink?: object;
  /** Wait until it has its partitions. Default true. */
  readonly ready?: boolean;
  /** Called before it starts, to listen from the first event on. */
  readonly listen?: (northward: KafkaNorthward) => void;
}

/** Starts write-point gateways, and stops them all. */
export class RealGateways {
  readonly #bootstrapServers: () => string;
  readonly #all = new Set<KafkaNorthward>();

  constructor(bootstrapServers: () => string) {
    this.#bootstrapServers = bootstrapServers;
  }

  async start(options: RealGatewayOptions): Promise<KafkaNorthward> {
    const { topic, groupId = topic, downlink = {}, ready = true, listen } = options;
    const northward = createKafkaNorthward({
      connection: { bootstrapServers: this.#bootstrapServers() },
      uplink: { enabled: false },
      downlink: { groupId, autoOffsetReset: 'earliest', writePoint: { enabled: true, topic }, ...downlink },
    });
    this.#all.add(northward);
    listen?.(northward);
    await northward.start();
    if (ready) await northward.ready({ timeoutMs: LONG_MS });
    return northward;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#all].map((each) => each.stop({ timeoutMs: 5_000 })));
    this.#all.clear();
  }
}

/** Acknowledges everything in a loop of its own; what it executed, in order. */
export function workOff(northward: KafkaNorthward): Command[] {
  const done: Command[] = [];
  void (async () => {
    for await (const command of northward.commands()) done.push(command);
  })();
  return done;
}

/** The numbers that `writePoints()` gave them. */
export function numbersOf(commands: readonly Command[]): number[] {
  return commands.map((command) => Number(idOf(command)));
}
