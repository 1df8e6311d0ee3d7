// Serves the explorer's page on this machine alone.
// Invariant: it listens on 127.0.0.1 only, answers with nothing but the page, and reads no other file.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { InputError } from '../sim/errors.ts';
import { systemErrorText } from './system-error.ts';

/** The only address that is listened on. */
export const HOST = '127.0.0.1';

/** A server that runs. */
export interface ExplorerServer {
  /** Such as `http://127.0.0.1:7017/`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves a page until it is closed.
 *
 * @param port - 0 for one that is free.
 * @throws {InputError} `bad-port` when it cannot be listened on.
 */
export async function serveExplorer(page: string, port: number): Promise<ExplorerServer> {
  const server = createServer((request, response) => answer(request, response, page));
  await listening(server, port);
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${HOST}:${taken}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, page: string): void {
  const path = (request.url ?? '/').replace(/\?.*$/, '');
  // A page of another name that a browser was led to by a foreign name server must not read this one.
  const isOurs = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '');
  const found = isOurs && (path === '/' || path === '/index.html');
  if (!found) {
    const text = isOurs ? 'There is only one page here: /\n' : 'This server answers to 127.0.0.1 only.\n';
    response.writeHead(isOurs ? 404 : 403, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(page),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
  response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : page);
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `--port: received ${port}, expected a port that can be listened on: ${systemErrorText(cause)}`;
      reject(new InputError('bad-port', message, { port }, cause));
    });
    server.listen(port, HOST, resolve);
  });
}
