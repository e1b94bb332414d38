// @ts-check
import { BaseSequencer } from 'vitest/node';

/** Begun last, they would run when everything else is done. Vitest itself knows sizes of files only, in a fresh clone. */
const LONGEST = ['test/integration/security/security.test.ts'];

/** Order of the test files: the longest before the others of their project. */
export class LongestFirst extends BaseSequencer {
  /**
   * @override
   * @param {import('vitest/node').TestSpecification[]} files
   * @returns {Promise<import('vitest/node').TestSpecification[]>}
   */
  async sort(files) {
    const sorted = await super.sort(files);
    for (const name of LONGEST) {
      const at = sorted.findIndex(({ moduleId }) => moduleId.endsWith(name));
      const [longest] = at === -1 ? [] : sorted.splice(at, 1);
      if (longest === undefined) continue;
      const first = sorted.findIndex(({ project }) => project === longest.project);
      sorted.splice(first === -1 ? at : Math.min(first, at), 0, longest);
    }
    return sorted;
  }
}
