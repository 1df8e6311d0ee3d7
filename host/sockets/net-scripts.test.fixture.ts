// Small programs over `node:net` that tell what happens to their sockets, for real and for virtual ones.
// Invariant: what one tells, socket by socket, depends on no timing.
import net from 'node:net';

/** Notes an event of a socket. */
export type Tell = (who: string, what: string) => void;

/** A program; `done` is called when its last socket has closed. The server is reached at `host`. */
export type Script = (tell: Tell, host: string, done: () => void) => void;

const PLAIN = ['connect', 'ready', 'end', 'finish', 'drain', 'timeout'];

function watch(tell: Tell, who: string, socket: net.Socket): void {
  for (const event of PLAIN) socket.on(event, () => tell(who, event));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    const { code, syscall } = error;
    tell(who, `error ${String(code)} ${String(syscall)}`);
  });
  socket.on('close', (hadError) =>
    tell(who, `close ${String(hadError)} ${socket.readyState} ${String(socket.destroyed)}`),
  );
}

function collect(tell: Tell, who: string, socket: net.Socket): void {
  let text = '';
  socket.on('data', (bytes: Buffer) => {
    text += String(bytes);
  });
  socket.on('end', () => tell(who, `got ${text.length > 40 ? text.length : text}`));
}

interface Sides {
  readonly server: net.Server;
  readonly far: net.Socket;
  readonly near: net.Socket;
}

/** A script of one connection: `accepted` has the server's side of it, `connected` the dialler's. */
function connection(
  options: net.ServerOpts,
  accepted: (sides: Omit<Sides, 'near'>, tell: Tell) => void,
  connected: (sides: Omit<Sides, 'far'>, tell: Tell) => void,
  clientOptions: net.SocketConstructorOpts = {},
): Script {
  return (tell, host, done) => {
    let open = 3;
    const closed = (): void => {
      if (--open === 0) done();
    };
    const server = net.createServer(options, (far) => {
      watch(tell, 'far', far);
      far.on('close', () => {
        server.close();
        closed();
      });
      accepted({ server, far }, tell);
    });
    server.on('listening', () => tell('server', `listening ${String(server.listening)}`));
    server.on('close', () => {
      tell('server', `close ${String(server.listening)}`);
      closed();
    });
    server.listen(0, host, () => {
      const { port, address, family } = server.address() as net.AddressInfo;
      tell('server', `${String(address === host)} ${family}`);
      const near = new net.Socket(clientOptions);
      watch(tell, 'near', near);
      near.on('close', closed);
      tell('near', `${near.readyState} ${String(near.pending)} ${String(near.connecting)}`);
      near.connect(port, host, () => {
        tell(
          'near',
          `${String(near.remotePort === port)} ${near.readyState} ${String(near.pending)} ${String(near.connecting)}`,
        );
        connected({ server, near }, tell);
      });
      tell('near', `${near.readyState} ${String(near.pending)} ${String(near.connecting)}`);
    });
  };
}

/** Programs by what they show. */
export const SCRIPTS: Readonly<Record<string, Script>> = {
  'an echo that the dialler ends': connection(
    {},
    ({ far }) => far.pipe(far),
    ({ near }, tell) => {
      collect(tell, 'near', near);
      near.write('hel');
      near.end('lo');
    },
  ),
  'an end by the server': connection(
    {},
    ({ far }, tell) => {
      collect(tell, 'far', far);
      far.end('bye');
    },
    ({ near }, tell) => collect(tell, 'near', near),
  ),
  'a server that answers after the end of the request': connection(
    { allowHalfOpen: true },
    ({ far }, tell) => {
      collect(tell, 'far', far);
      far.on('end', () => {
        tell('far', `${far.readyState} ${String(far.writable)}`);
        far.end('answer');
      });
    },
    ({ near }, tell) => {
      collect(tell, 'near', near);
      near.end('request');
    },
    { allowHalfOpen: true },
  ),
  'a socket that is destroyed with an error': connection(
    {},
    ({ far }, tell) => collect(tell, 'far', far),
    ({ near }) => near.destroy(new Error('enough')),
  ),
  'a reset': connection(
    {},
    ({ far }, tell) => collect(tell, 'far', far),
    ({ near }) => {
      near.write('x');
      setTimeout(() => near.resetAndDestroy(), 50);
    },
  ),
  'a write after the other side has ended': connection(
    {},
    ({ far }) => {
      far.resume();
      far.end();
    },
    ({ near }, tell) => {
      near.resume();
      near.on('end', () => {
        near.write('late', (error) => tell('near', `written ${String((error as NodeJS.ErrnoException | null)?.code)}`));
      });
    },
  ),
  'a megabyte to a slow reader': connection(
    {},
    ({ far }, tell) => {
      far.pause();
      setTimeout(() => far.resume(), 100);
      collect(tell, 'far', far);
    },
    ({ near }, tell) => {
      const took = near.write(Buffer.alloc(2 ** 24, 97), () => tell('near', 'written'));
      tell('near', `took ${String(took)} ${String(near.writableNeedDrain)}`);
      near.on('drain', () => near.end());
    },
  ),
  'many small writes': connection(
    {},
    ({ far }, tell) => collect(tell, 'far', far),
    ({ near }, tell) => {
      near.cork();
      for (let n = 0; n < 50; n++) near.write(String(n));
      near.uncork();
      near.end(() => tell('near', `ended ${near.bytesWritten}`));
    },
  ),
  'a socket that is silent for too long': connection(
    {},
    ({ far }, tell) => collect(tell, 'far', far),
    ({ near }) => {
      near.setTimeout(60, () => near.end());
    },
  ),
  'a pause before the first byte': connection(
    { pauseOnConnect: true },
    ({ far }, tell) => {
      collect(tell, 'far', far);
      far.pause();
      setTimeout(() => far.resume(), 60);
    },
    ({ near }) => near.end('waits'),
  ),
  'an asynchronous reader': connection(
    {},
    ({ far }, tell) => {
      void (async () => {
        let length = 0;
        for await (const bytes of far) length += (bytes as Buffer).length;
        tell('far', `read ${length}`);
      })();
    },
    ({ near }) => near.end('twelve bytes'),
  ),
  'a reader with a buffer of its own': (tell, host, done) => {
    const server = net.createServer((far) => far.end('twelve bytes'));
    server.listen(0, host, () => {
      let text = '';
      const take = (length: number, buffer: Uint8Array): boolean => {
        text += Buffer.from(buffer.subarray(0, length)).toString();
        return true;
      };
      const { port } = server.address() as net.AddressInfo;
      const near = net.connect({ port, host, onread: { buffer: Buffer.alloc(5), callback: take } });
      near.on('end', () => tell('near', text));
      near.on('close', () => server.close(done));
    });
  },
  'a dial that nobody answers': (tell, host, done) => {
    const server = net.createServer();
    server.listen(0, host, () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => {
        const near = net.connect({ port, host });
        watch(tell, 'near', near);
        near.write('never', (error) =>
          tell('near', `written ${String((error as NodeJS.ErrnoException | null)?.code)}`),
        );
        near.on('error', (error: NodeJS.ErrnoException & { address?: string; port?: number }) => {
          tell(
            'near',
            `${error.message.replace(String(port), 'PORT')} ${String(error.address)} ${String(error.port === port)}`,
          );
        });
        near.on('close', done);
      });
    });
  },
  'a port that is taken': (tell, host, done) => {
    const first = net.createServer();
    first.listen(0, host, () => {
      const { port } = first.address() as net.AddressInfo;
      const second = net.createServer();
      second.on('listening', () => tell('second', 'listening'));
      second.on('close', () => tell('second', 'close'));
      second.on('error', (error: NodeJS.ErrnoException) => {
        tell('second', error.message.replace(String(port), 'PORT'));
        tell('second', `${String(error.code)} ${String(error.syscall)} ${String(second.listening)}`);
        first.close(done);
      });
      second.listen(port, host);
    });
  },
  'a server that is closed twice': (tell, host, done) => {
    const server = net.createServer();
    server.on('close', () => tell('server', 'close'));
    server.listen(0, host, () => {
      server.close((error) => {
        tell('server', `closed ${String(error)}`);
        server.close((again) => {
          tell('server', `closed ${String((again as NodeJS.ErrnoException).code)}`);
          done();
        });
      });
      tell('server', `${String(server.listening)} ${JSON.stringify(server.address())}`);
    });
  },
  'a destroyed dial': (tell, host, done) => {
    const server = net.createServer();
    server.listen(0, host, () => {
      const near = net.connect((server.address() as net.AddressInfo).port, host);
      watch(tell, 'near', near);
      near.on('close', () => server.close(done));
      near.destroy();
    });
  },
  'counts of connections': (tell, host, done) => {
    const server = net.createServer();
    server.maxConnections = 1;
    server.on('drop', (dropped) => tell('server', `drop ${String(dropped?.localAddress === host)}`));
    server.on('connection', (far) => {
      far.resume();
      server.getConnections((error, count) => tell('server', `${String(error)} ${count}`));
    });
    server.listen(0, host, () => {
      const { port } = server.address() as net.AddressInfo;
      const first = net.connect(port, host, () => {
        const second = net.connect(port, host);
        second.resume();
        second.on('error', () => undefined);
        second.on('close', () => {
          first.end();
          server.close(() => {
            tell('server', 'close');
            done();
          });
        });
      });
      first.resume();
    });
  },
};

/** A class that inherits in the old way, and one that does in the new, make sockets that work. */
export function heirs(): (new () => net.Socket)[] {
  function Old(this: net.Socket): void {
    Reflect.apply(net.Socket as unknown as (this: net.Socket) => void, this, []);
  }
  Object.setPrototypeOf(Old.prototype, net.Socket.prototype);
  class New extends net.Socket {}
  return [Old as unknown as new () => net.Socket, New];
}
