/** Every command, in the order of the help. */
import { check } from './check.js';
import type { CliCommand } from './command.js';
import { doctor } from './doctor.js';
import { listen } from './listen.js';
import { preview } from './preview.js';
import { send } from './send.js';
import { store } from './store.js';
import { topics } from './topics.js';

export const COMMANDS: readonly CliCommand[] = [check, preview, doctor, send, listen, topics, store];
