/** TLS, SASL and the first answer, at each server: by clients of librdkafka, one server each. */
import type { Finding } from '../api/diagnosis.js';
import { ConnectionError, ERROR_TABLE, type NorthwardError } from '../api/errors.js';
import { HINTS } from '../kafka/watch/causes.js';
import { certificatesAt } from './certificates.js';
import { Step, type Fault } from './finding.js';
import { greet, type Greeting, type GreetingFault } from './greeting.js';
import type { Run } from './run.js';

/** The steps tls, sasl and brokers. Afterwards `run.answered` has the client for the rest, where there is one. */
export async function* connectionSteps(run: Run): AsyncGenerator<Finding> {
  const [side] = run.usable;
  const impossible = whyNot(run);
  if (side === undefined || impossible !== null) {
    const reason = impossible ?? 'no client could be made';
    for (const step of ['tls', 'sasl', 'brokers'] as const) yield new Step(step, null).skipped(reason);
    return;
  }
  const faults: GreetingFault[] = [];
  const failing: Finding[] = [];
  for (const server of run.servers) {
    const [tls, sasl, brokers] = [
      new Step('tls', server),
      new Step('sasl', server),
      new Step('brokers', server),
    ];
    if (!run.reached.has(server)) {
      for (const step of [tls, sasl]) yield step.skipped('it takes no connections');
      continue;
    }
    const greeting = await greet(run, side, server);
    if (greeting.fault !== null) faults.push(greeting.fault);
    yield await tlsFinding(run, tls, greeting);
    yield saslFinding(run, sasl, greeting);
    if (greeting.fault?.stage === 'brokers') failing.push(brokers.failed(errorOf(greeting.fault)));
    if (greeting.fault?.stage === 'advertised')
      run.advertised.set(greeting.fault.address, errorOf(greeting.fault));
    await keep(run, side, greeting);
  }
  yield* failing;
  yield* brokersFinding(run, faults);
}

function whyNot(run: Run): string | null {
  if (!run.sound('connection')) return 'connection has problems';
  return run.reached.size === 0 ? 'no server takes connections' : null;
}

/** The first client that is answered does for the rest. */
async function keep(run: Run, side: 'uplink' | 'downlink', greeting: Greeting): Promise<void> {
  const { server, cluster, client, fatal } = greeting;
  if (cluster === null) return;
  if (run.answered === null) run.answered = { server, client, cluster, side, fatal };
  else await run.closeOne(client);
}

function errorOf({ code, message, hint }: GreetingFault): NorthwardError {
  return new ConnectionError(code, message, { hint });
}

async function tlsFinding(run: Run, step: Step, { server, fault }: Greeting): Promise<Finding> {
  const { protocol } = run.config.connection.security;
  if (fault?.stage === 'tls') return step.failed(tlsFault(fault));
  if (!protocol.endsWith('ssl')) return step.skipped(`connection.security.protocol is ${protocol}`);
  if (fault?.stage === 'brokers') return step.skipped('the connection broke off: see brokers');
  const { message, details, soon } = await certificatesAt(run, server);
  return soon === null ? step.ok(message, details) : step.warning({ ...soon, details });
}

function tlsFault({ code, message, hint }: GreetingFault): Fault {
  const known = hint ?? ERROR_TABLE[code].hint;
  const ofBroker = known === HINTS.expired ? { setting: 'broker: ssl.keystore.location' } : {};
  return { code, message, hint: known, ...ofBroker };
}

function saslFinding(run: Run, step: Step, { fault }: Greeting): Finding {
  const { protocol, sasl } = run.config.connection.security;
  if (fault?.stage === 'sasl') return step.failed(errorOf(fault));
  if (sasl === null || !protocol.startsWith('sasl')) {
    return step.skipped(`connection.security.protocol is ${protocol}`);
  }
  if (fault !== null && fault.stage !== 'advertised')
    return step.skipped('the connection did not get so far');
  const user = sasl.username ?? sasl.oauthbearer?.clientId ?? '';
  return step.ok(`${sasl.mechanism} as ${user}`);
}

function* brokersFinding(run: Run, faults: readonly GreetingFault[]): Generator<Finding> {
  const step = new Step('brokers', null);
  if (run.answered !== null) {
    const { brokers } = run.answered.cluster;
    yield step.ok(`${brokers.length} broker${brokers.length === 1 ? '' : 's'}: ${brokers.join(', ')}`);
    return;
  }
  const earlier = [...new Set(faults.map(({ stage }) => stage))].join(', ');
  if (!faults.some(({ stage }) => stage === 'brokers'))
    yield step.skipped(`no broker answers: see ${earlier}`);
}
