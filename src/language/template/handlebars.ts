/**
 * Handlebars by the entry that bundlers take. Its main one also registers `.hbs` and `.handlebars` with the
 * `require` of the whole process, which is the host's.
 */
import type HandlebarsMain from 'handlebars';
// @ts-expect-error -- it has no declarations of its own, and exports what the main entry does
import entry from 'handlebars/dist/cjs/handlebars.js';

export const Handlebars: typeof HandlebarsMain = entry;
