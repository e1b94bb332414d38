/** Every command, in the order of the help. */
import { check } from './check.js';
import type { CliCommand } from './command.js';
import { preview } from './preview.js';

export const COMMANDS: readonly CliCommand[] = [check, preview];
