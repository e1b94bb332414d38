import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReportPoll } from '../../../src/kafka/client/report-poll.js';

describe('polling on the event loop', () => {
  const poll = vi.fn();
  /** How often it polls in so many ms. */
  const polls = (ms: number): number => {
    poll.mockClear();
    vi.advanceTimersByTime(ms);
    return poll.mock.calls.length;
  };

  beforeEach(() => {
    poll.mockReset();
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('given nothing awaited, then now and then; while reports are awaited, each millisecond', () => {
    const reports = new ReportPoll(poll);
    expect(polls(100)).toBe(10);
    vi.advanceTimersByTime(3);
    reports.sent();
    reports.sent();
    expect(polls(100)).toBe(100);
    reports.reported();
    expect(polls(100)).toBe(100);
    reports.reported();
    // The wait that is on is a short one still.
    expect(polls(101)).toBe(11);
    reports.stop();
  });

  it('given reports that do not come, then after a while it polls rarely, until the next record', () => {
    const reports = new ReportPoll(poll);
    reports.sent();
    expect(polls(900)).toBe(900);
    vi.advanceTimersByTime(200);
    expect(polls(1_000)).toBe(100);
    reports.sent();
    expect(polls(10)).toBe(10);
    reports.stop();
  });

  it('given a client that throws, then it goes on; stopped, then it ends, also while a record is sent', () => {
    poll.mockImplementation(() => {
      throw new Error('not connected');
    });
    const reports = new ReportPoll(poll);
    expect(polls(50)).toBe(5);
    reports.stop();
    reports.sent();
    expect(polls(1_000)).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
