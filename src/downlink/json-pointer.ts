/**
 * The reference tokens of an RFC 6901 pointer. `undefined`: neither empty nor led by `/`, so that it points at
 * nothing, ever.
 */
export function parsePointer(pointer: string): readonly string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What the tokens point at; `undefined` for nothing. Only own properties count. */
export function resolvePointer(root: unknown, tokens: readonly string[]): unknown {
  let node = root;
  for (const token of tokens) {
    if (Array.isArray(node)) node = isIndex(token) ? (node as unknown[])[Number(token)] : undefined;
    else if (typeof node === 'object' && node !== null && Object.hasOwn(node, token))
      node = (node as Record<string, unknown>)[token];
    else return undefined;
  }
  return node;
}

/** No sign, no leading zero. `-`, which is behind the last item, is none. */
function isIndex(token: string): boolean {
  return /^(?:0|[1-9]\d*)$/.test(token);
}
