/**
 * The schema as data, apart from what it is built with: in dist this file holds the finished JSON, so that a host
 * does not load and run typebox at each start (scripts/lib/build.mjs).
 */
export { configJsonSchema } from './schema.js';
