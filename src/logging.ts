/** The host's logger, made safe: one that throws must not stop a pipeline. */
import { callHost } from './host-call.js';
import type { Logger } from './model.js';

type Level = keyof Logger;

const ignore = (): void => undefined;

/** Without a logger nothing is printed. */
export function safeLogger(logger: Logger | undefined): Logger {
  const at =
    (level: Level) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      // Nowhere is left to tell a failure.
      callHost(() => logger?.[level](message, fields), ignore);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
