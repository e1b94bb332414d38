import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../../scripts/kafka/ports.mjs';
import { Link, type LinkState } from '../../../scripts/chaos/link.mjs';

/** A broker that answers each byte with the same one, and keeps what it got. */
let broker: Server;
let got = '';
let link: Link;
let port: number;
const sockets = new Set<Socket>();

beforeEach(async () => {
  got = '';
  broker = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      got += String(bytes);
      socket.write(bytes);
    });
  });
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
  link = new Link((broker.address() as AddressInfo).port);
  [port = 0] = await freePorts(1);
  await link.listen(port);
});

afterEach(() => {
  link.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  broker.close();
});

interface Client {
  readonly socket: Socket;
  heard: string;
  closed: boolean;
}

async function join(): Promise<Client> {
  const socket = connect(port, '127.0.0.1');
  sockets.add(socket);
  const client: Client = { socket, heard: '', closed: false };
  socket.on('data', (bytes) => (client.heard += String(bytes)));
  socket.on('error', () => undefined);
  socket.on('close', () => (client.closed = true));
  await once(socket, 'connect');
  return client;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** What was sent before it has come as far as it does: it went through another connection too, which is open. */
async function passed(): Promise<void> {
  const direct = connect((broker.address() as AddressInfo).port, '127.0.0.1');
  sockets.add(direct);
  for (let turns = 0; turns < 5; turns += 1) {
    direct.write('.');
    await once(direct, 'data');
  }
  got = got.replaceAll('.', '');
}

describe('a link of the chaos', () => {
  it('passes both ways', async () => {
    const client = await join();
    client.socket.write('abc');
    await until(() => client.heard === 'abc');
    expect(got).toBe('abc');
  });

  it.each([
    ['stalled', '', ''],
    ['requests-stalled', '', ''],
    ['answers-stalled', 'abc', ''],
  ] as [LinkState, string, string][])(
    'holds up what it has to: %s, and it arrives later',
    async (state, reached, heard) => {
      const client = await join();
      client.socket.write('0');
      await until(() => client.heard === '0');
      link.set(state);
      client.socket.write('abc');
      if (reached !== '') await until(() => got === `0${reached}`);
      await passed();
      expect([got, client.heard]).toEqual([`0${reached}`, `0${heard}`]);
      link.set('open');
      await until(() => client.heard === '0abc');
      expect(client.closed).toBe(false);
    },
  );

  it('loses what it holds where it ends with a reset', async () => {
    const client = await join();
    link.set('stalled');
    client.socket.write('abc');
    await passed();
    link.set('open', true);
    await until(() => client.closed);
    expect([got, client.heard]).toEqual(['', '']);
  });

  it('cut: resets what is open, and each new one', async () => {
    const client = await join();
    link.set('cut');
    await until(() => client.closed);
    const again = connect(port, '127.0.0.1').on('error', () => undefined);
    await until(() => again.closed);
    link.set('open');
    const third = await join();
    third.socket.write('x');
    await until(() => third.heard === 'x');
  });

  it('half-open: the broker loses the connection, and the gateway does not hear of it', async () => {
    const client = await join();
    client.socket.write('0');
    await until(() => client.heard === '0');
    link.set('half-open');
    client.socket.write('abc');
    await passed();
    expect([got, client.heard, client.closed]).toEqual(['0', '0', false]);
    link.set('open');
    await until(() => client.closed);
  });

  it('slow: in order, and nothing is lost', async () => {
    const client = await join();
    link.set('slow');
    client.socket.write('abc');
    client.socket.write('def');
    await until(() => client.heard === 'abcdef');
    expect(got).toBe('abcdef');
  });
});
