/** The host's logger, made safe: one that throws must not stop a pipeline. */
import type { Logger } from './model.js';

type Level = keyof Logger;

/** Without a logger nothing is printed. */
export function safeLogger(logger: Logger | undefined): Logger {
  const at =
    (level: Level) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      try {
        logger?.[level](message, fields);
      } catch {
        // Nowhere is left to tell it.
      }
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
