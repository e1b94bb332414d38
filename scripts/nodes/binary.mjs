// @ts-check
import path from 'node:path';
import { fromNpm } from '../lib/from-npm.mjs';

/** The npm packages that hold Node itself (about 50 MB), with its headers; glibc where it is Linux. */
const PACKAGE = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

/** A whole version, as `22.23.3`: what stands for a release and no other. @param {string} text */
export function isNodeVersion(text) {
  return /^\d+\.\d+\.\d+$/.test(text);
}

/**
 * The executable of a Node version: the one that runs this, or one from npm.
 * @param {string} version
 */
export async function nodeBinary(version) {
  if (version === process.versions.node) return process.execPath;
  const modules = await fromNpm([`${PACKAGE}@${version}`]);
  return path.join(modules, PACKAGE, process.platform === 'win32' ? 'bin/node.exe' : 'bin/node');
}
