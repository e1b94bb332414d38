// @ts-check
/** @param {import('./run.mjs').SoakResult} result */
export function pictureOf(result) {
  return `<svg xmlns="http://www.w3.org/2000/svg"><title>${result.node}</title></svg>\n`;
}
