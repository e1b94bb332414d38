// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../lib/project.mjs';
import { SetupError, report } from '../lib/report.mjs';
import { keepLog, tail, tryRun } from '../lib/run.mjs';
import { ensureDebianPackages } from './debian.mjs';
import { cachedAddon, restoreAddon, storeAddon } from './native-cache.mjs';

const NAME = '@confluentinc/kafka-javascript';
const DOWNLOAD_TIMEOUT_MS = 60_000;
/** What the addon is built with, and the libraries that librdkafka links to. */
const BUILD_PACKAGES = ['g++', 'make', 'python3'];
const LIBRARY_PACKAGES = ['libssl-dev', 'zlib1g-dev', 'libzstd-dev', 'libsasl2-dev', 'libcurl4-openssl-dev'];

/**
 * The native Kafka client of a project, really loadable by this Node: from the cache, by its own download, or
 * built here.
 * @param {string} [project] Default: this one
 */
export async function ensureNativeClient(project = projectRoot) {
  const folder = path.join(project, 'node_modules', NAME);
  if ((await load(project)).ok) {
    await storeAddon(folder);
    report('native client: loads');
    return;
  }
  if ((await fromCache(project)) || (await byDownload(project)) || (await byBuilding(project))) {
    await storeAddon(folder);
    return;
  }
  const { output } = await load(project);
  throw new SetupError(
    `the native client was built but does not load:\n${tail(output)}`,
    `Remove node_modules and ${cachedAddon(folder)}, then try again; the message above names the missing library.`,
  );
}

/**
 * In a process of its own: a bad addon takes its process down.
 * @param {string} project
 */
function load(project) {
  return tryRun(process.execPath, ['-e', `require('${NAME}')`], { cwd: project });
}

/** @param {string} project */
async function fromCache(project) {
  const folder = path.join(project, 'node_modules', NAME);
  if (!(await restoreAddon(folder))) return false;
  if ((await load(project)).ok) {
    report(`native client: taken from ${cachedAddon(folder)}`);
    return true;
  }
  report(`native client: what is in ${cachedAddon(folder)} does not load here; removed`);
  await rm(cachedAddon(folder), { recursive: true, force: true });
  return false;
}

/** @param {string} project */
async function byDownload(project) {
  const folder = path.join(project, 'node_modules', NAME);
  // What is there does not load, and the download would take it for done.
  await rm(path.join(folder, 'build'), { recursive: true, force: true });
  report('native client: downloading the prebuilt addon, as its own installation does');
  const tool = path.join(project, 'node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp');
  const { ok, output } = await tryRun(process.execPath, [tool, 'install'], {
    cwd: folder,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
  });
  if (ok && (await load(project)).ok) {
    report('native client: downloaded');
    return true;
  }
  report(`native client: no prebuilt addon (${output.trim().split('\n').at(-1) ?? ''})`);
  return false;
}

/** @param {string} project */
async function byBuilding(project) {
  await ensureDebianPackages([...BUILD_PACKAGES, ...LIBRARY_PACKAGES], 'building the native client');
  report('native client: building it against the system libraries, about two minutes on two cores');
  const { ok, output } = await tryRun('npm', ['rebuild', NAME, '--foreground-scripts'], {
    cwd: project,
    // No JOBS: make would compile the addon before librdkafka's headers are in place.
    env: {
      CKJS_LINKING: 'dynamic',
      npm_config_build_from_source: NAME,
      ...nodeHeaders(),
    },
  });
  if (!ok) {
    const log = await keepLog('native-client-build.log', output);
    throw new SetupError(
      `the native client could not be built; the end of ${log}:\n${tail(output)}`,
      `Install ${[...BUILD_PACKAGES, ...LIBRARY_PACKAGES].join(' ')} (or what they are called on this system), ` +
        `then run: CKJS_LINKING=dynamic npm rebuild ${NAME}. Where Node's headers cannot be downloaded, ` +
        'set npm_config_nodedir to a folder that has include/node of this Node version.',
    );
  }
  report('native client: built');
  return (await load(project)).ok;
}

/** This Node's headers, where they lie beside it: nothing needs to be downloaded then. */
function nodeHeaders() {
  const given = process.env['npm_config_nodedir'];
  const beside = path.resolve(process.execPath, '../..');
  const prefixes = [...(given ? [given] : []), beside, '/usr', '/usr/local'];
  const found = prefixes.find((prefix) => headerVersion(prefix) === process.versions.node);
  return found === undefined ? {} : { npm_config_nodedir: found };
}

/** @param {string} prefix */
function headerVersion(prefix) {
  const header = path.join(prefix, 'include/node/node_version.h');
  if (!existsSync(header)) return undefined;
  const text = readFileSync(header, 'utf8');
  return ['MAJOR', 'MINOR', 'PATCH']
    .map((part) => new RegExp(`#define NODE_${part}_VERSION (\\d+)`).exec(text)?.[1])
    .join('.');
}
