/** One finding, from the start of its step to its end. */
import type { DiagnosisStep, Finding, FindingStatus } from '../api/diagnosis.js';
import { NorthwardError, type ErrorCode } from '../api/errors.js';
import { cut } from '../api/reason.js';
import { libraryFault } from '../core/fault.js';

/** Where to look first, and where to read more, unless the failure itself says better. */
const STEPS: Readonly<Record<DiagnosisStep, { readonly setting: string; readonly docs: string }>> = {
  configuration: { setting: 'connection', docs: 'docs/configuration.md' },
  secrets: { setting: 'connection.security', docs: 'docs/connection-and-security.md#secrets' },
  client: { setting: 'connection.properties', docs: 'docs/installing.md#what-the-errors-mean' },
  name: {
    setting: 'connection.bootstrapServers',
    docs: 'docs/troubleshooting.md#the-name-does-not-resolve',
  },
  tcp: {
    setting: 'connection.bootstrapServers',
    docs: 'docs/troubleshooting.md#nothing-listens-at-the-address',
  },
  tls: { setting: 'connection.security.tls', docs: 'docs/connection-and-security.md#when-it-fails' },
  sasl: { setting: 'connection.security.sasl', docs: 'docs/connection-and-security.md#when-it-fails' },
  brokers: {
    setting: 'connection.bootstrapServers',
    docs: 'docs/connection-and-security.md#when-it-fails',
  },
  advertised: {
    setting: 'broker: advertised.listeners',
    docs: 'docs/troubleshooting.md#it-reaches-the-bootstrap-server-and-fails-at-another-address',
  },
  topic: { setting: 'uplink', docs: 'docs/topic-planning.md#who-makes-the-topics' },
  rights: { setting: 'broker: ACLs', docs: 'docs/connection-and-security.md#rights' },
  group: { setting: 'downlink.groupId', docs: 'docs/downlink.md#the-group' },
  store: { setting: 'uplink.store', docs: 'docs/outages.md#when-the-disk-is-in-trouble' },
  canary: { setting: 'broker: ACLs', docs: 'docs/connection-and-security.md#rights' },
};

/** A setting that a text names. */
const SETTING = /\b(?:connection|uplink|downlink|retryPolicy|app)\.[A-Za-z]+(?:\.[A-Za-z]+)*/;
/** The longest text of one line: what a server says may be anything. */
const LONGEST = 1_000;

/** What went wrong, where no error says it. */
export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly setting?: string | undefined;
  readonly docs?: string | undefined;
  readonly details?: readonly string[] | undefined;
}

/** Takes the time from its making on. */
export class Step {
  readonly #step: DiagnosisStep;
  readonly #subject: string | null;
  readonly #from = performance.now();

  constructor(step: DiagnosisStep, subject: string | null) {
    this.#step = step;
    this.#subject = subject;
  }

  ok(message: string, details: readonly string[] = []): Finding {
    return this.#finding('ok', message, { details });
  }

  skipped(message: string): Finding {
    return this.#finding('skipped', message, {});
  }

  failed(fault: Fault | NorthwardError): Finding {
    return this.#faulty('failed', fault);
  }

  warning(fault: Fault | NorthwardError): Finding {
    return this.#faulty('warning', fault);
  }

  /** What was thrown: an error of ours, or a fault of the library. */
  thrown(cause: unknown): Finding {
    return this.failed(
      cause instanceof NorthwardError ? cause : libraryFault(`The step ${this.#step}`, cause),
    );
  }

  #faulty(status: FindingStatus, fault: Fault | NorthwardError): Finding {
    const { code, message, hint } = fault;
    const usual = STEPS[this.#step];
    const own: Partial<Fault> = fault instanceof NorthwardError ? {} : fault;
    return this.#finding(status, message, {
      code,
      hint,
      setting: own.setting ?? SETTING.exec(hint)?.[0] ?? usual.setting,
      docs: own.docs ?? usual.docs,
      details: own.details ?? [],
    });
  }

  #finding(status: FindingStatus, message: string, more: Partial<Finding>): Finding {
    const { details = [], code = null, hint = null, setting = null, docs = null } = more;
    return {
      step: this.#step,
      subject: this.#subject,
      status,
      message: cut(message, LONGEST),
      details: details.map((line) => cut(line, LONGEST)),
      code,
      hint,
      setting,
      docs,
      tookMs: Math.round(performance.now() - this.#from),
    };
  }
}
