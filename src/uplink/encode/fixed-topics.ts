/** Which topic a mapping writes to, where that follows from the configuration alone. */
import type { MappedKind } from '../../api/kinds.js';
import type { AppInfo } from '../../api/uplink.js';
import { compileTemplate } from '../../language/template/template.js';
import { safeTopic, type TopicPolicy } from './record-route.js';
import { PLUGIN_TYPE } from './render-context.js';

/**
 * `null`: it depends on the event, its device or the time, or renders to nothing that Kafka would take.
 *
 * @throws Error when the template does not compile.
 */
export function fixedTopic(
  kind: MappedKind,
  template: string,
  app: AppInfo,
  policy: TopicPolicy,
): string | null {
  const compiled = compileTemplate(template);
  const { variables } = compiled;
  const known = { app_id: `${app.id}`, app_name: app.name, plugin_type: PLUGIN_TYPE, event_kind: kind };
  if (variables === null || [...variables].some((name) => !Object.hasOwn(known, name))) return null;
  const rendered = compiled.render(known);
  return rendered === '' ? null : safeTopic(rendered, policy);
}
