import { describe, expect, it, vi } from 'vitest';
import { NorthwardError } from '../../../src/api/errors.js';
import { Events } from '../../../src/core/emitter.js';
import { safeLogger } from '../../../src/core/host-call.js';

const error = new NorthwardError('CLIENT_FAILED', 'test');

describe('§7 events', () => {
  it('on, once and off do what an emitter does', () => {
    const events = new Events(safeLogger(undefined));
    const always = vi.fn();
    const once = vi.fn();
    const never = vi.fn();
    events.on('error', always);
    events.once('error', once);
    events.once('error', never);
    events.off('error', never);
    expect(events.has('error')).toBe(true);
    expect(events.has('state')).toBe(false);
    events.emit('error', error);
    events.emit('error', error);
    expect(always).toHaveBeenCalledTimes(2);
    expect(once).toHaveBeenCalledExactlyOnceWith(error);
    expect(never).not.toHaveBeenCalled();
    events.off('error', always);
    events.emit('error', error);
    expect(always).toHaveBeenCalledTimes(2);
  });

  it('a listener that throws keeps no other one from hearing', () => {
    const events = new Events(safeLogger(undefined));
    const second = vi.fn();
    events.on('error', () => {
      throw new Error('listener');
    });
    events.on('error', second);
    events.emit('error', error);
    expect(second).toHaveBeenCalledOnce();
  });
});

describe('errors as JSON', () => {
  it.each([1n, Object.assign(Object.create(null), { self: null }), Symbol('x'), 'text', new Error('inner')])(
    'takes any cause: %#',
    (cause) => {
      const text = JSON.stringify(new NorthwardError('COMMAND_FAILED', 'm', { cause }));
      expect(JSON.parse(text)).toMatchObject({ code: 'COMMAND_FAILED', cause: expect.any(String) });
    },
  );
});
