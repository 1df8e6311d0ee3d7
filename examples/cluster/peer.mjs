// A peer of a real cluster, small enough to read: it connects to every other peer over Unix sockets in one folder, and
// writes an event log that `quicksoak check` reads. With LEAK=1 it keeps peers that are gone, as a real one might.
//
//   node peer.mjs <folder> <name>
import { readdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

const [folder, self] = process.argv.slice(2);
const address = join(folder, `${self}.sock`);
/** Sockets in use, by the peer at the other end; and what is kept about it. */
const links = new Map();
const peers = new Map();
let opened = 0;

const tell = (event) => console.log(JSON.stringify({ timeMs: Date.now(), node: self, ...event }));
const tellPeers = () => tell({ kind: 'collection', path: 'peers[key]', size: peers.size, peers: [...peers.keys()] });

function adopt(socket, peer) {
  const id = `${self}-${process.pid}-${++opened}`;
  links.get(peer)?.destroy();
  links.set(peer, socket);
  peers.set(peer, { since: Date.now() });
  tell({ kind: 'connection-opened', id, site: 'peer.link', subject: peer });
  tellPeers();
  socket.on('close', () => {
    tell({ kind: 'connection-closed', id });
    if (links.get(peer) !== socket) return;
    links.delete(peer);
    if (process.env.LEAK !== '1') peers.delete(peer);
    tellPeers();
  });
}

rmSync(address, { force: true });
const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (name) => adopt(socket, String(name)));
}).listen(address);

// The peer whose name comes first dials.
const dialling = setInterval(() => {
  const others = readdirSync(folder).flatMap((file) => /^(.+)\.sock$/.exec(file)?.[1] ?? []);
  for (const peer of others) {
    if (peer <= self || links.has(peer)) continue;
    const socket = connect(join(folder, `${peer}.sock`), () => {
      socket.write(self);
      adopt(socket, peer);
    });
    socket.on('error', () => {});
  }
}, 50);

process.on('SIGTERM', () => {
  clearInterval(dialling);
  server.close();
  for (const socket of links.values()) socket.destroy();
  setTimeout(() => process.exit(0), 50);
});
