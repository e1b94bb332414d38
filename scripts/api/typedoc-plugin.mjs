// @ts-check
/** @typedef {{ inheritedFrom?: unknown }} Reflection */
/** @typedef {{ project: { reflections: Record<string, Reflection>, removeReflection(it: Reflection): void } }} Context */

/**
 * Leaves out what is inherited: seven error classes would each repeat the base class, and `NorthwardConfig` the
 * whole of docs/configuration.md.
 * @param {{ converter: { on(event: string, listener: (context: Context) => void, order: number): void } }} app
 */
export function load(app) {
  // After typedoc has found out what is inherited.
  app.converter.on('resolveEnd', leaveOutInherited, -1000);
}

/** @param {Context} context */
function leaveOutInherited({ project }) {
  for (const reflection of Object.values(project.reflections)) {
    if (reflection.inheritedFrom !== undefined) project.removeReflection(reflection);
  }
}
