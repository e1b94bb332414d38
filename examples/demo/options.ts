import { parseArgs } from 'node:util';
import { loadConfigFile, type NorthwardConfig } from 'ng-kafka-northward';

/** What the command line asks for. */
export interface DemoOptions {
  /** A Kafka to use; without it the embedded broker is started. */
  readonly bootstrapServers: string | undefined;
  /** A configuration document instead of the demo's own. */
  readonly configDocument: NorthwardConfig | undefined;
  readonly seconds: number;
}

const USAGE = `npm run demo -- [options]
  --bootstrap host:port   publish to this Kafka instead of the embedded broker, without an outage
  --config file.json      use this configuration document instead of the demo's own
  --seconds N             how long the plant runs, 1 to 45 (default 15)`;

/** Reads the command line; one that cannot be used ends the process with its usage and exit code 2. */
export async function readOptions(args: readonly string[]): Promise<DemoOptions> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        bootstrap: { type: 'string' },
        config: { type: 'string' },
        seconds: { type: 'string', default: '15' },
      },
    });
    const seconds = Number(values.seconds);
    if (!(seconds >= 1 && seconds <= 45)) throw new Error('--seconds takes 1 to 45');
    const configDocument = values.config === undefined ? undefined : await loadConfigFile(values.config);
    return { bootstrapServers: values.bootstrap, configDocument, seconds };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return process.exit(2);
  }
}
