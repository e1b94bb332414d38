/** Set-up of the suites whose tests run the built package: it is made once, before files that run at the same time need it. */
import { buildIfStale } from '../../scripts/lib/build.mjs';

export async function setup(): Promise<void> {
  if (!(await buildIfStale())) throw new Error('The build failed: see above');
}
