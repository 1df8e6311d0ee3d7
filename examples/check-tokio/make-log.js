// Makes the logs of this example, as five nodes would write them with tracing-subscriber's JSON format, and a script that
// kills one of them again and again. In the leaky version a task and an entry stay for every peer that is gone.
//
//   node make-log.js <folder>          nodes.jsonl and churn.jsonl, with the leak
//   node make-log.js <folder> fixed    the same without it
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '.', version = 'leaky'] = process.argv.slice(2);
const leaks = version !== 'fixed';
const START_MS = Date.UTC(2026, 10, 30, 20);
const WAVES = 10;
const WAVE_S = 150;
/** When in a wave the last node is killed; by then what the wave before left behind has had its time. */
const KILL_S = 140;
const SURVIVORS = ['mesh-0', 'mesh-1', 'mesh-2', 'mesh-3'];

const lines = [];
const churn = [{ quicksoak: 'events', version: 1, note: 'written by the script that starts and kills' }];
let ids = 0;

const stamp = (s) => new Date(START_MS + Math.round(s * 1000)).toISOString().replace('Z', '000Z');

/** One line of tracing-subscriber, to which the collector of logs has added the host that it is from. */
function trace(s, host, level, target, fields, span, outer = []) {
  const spans = span === undefined ? outer : [...outer, span];
  lines.push({
    s,
    line: { timestamp: stamp(s), level, fields, target, ...(span === undefined ? {} : { span }), spans, host },
  });
}

/** tokio's own span around a task, as its `tracing` feature makes it. */
function task(host, name, file, line, peer) {
  const id = ++ids;
  const span = {
    kind: 'task',
    'loc.col': 9,
    'loc.file': file,
    'loc.line': line,
    'size.bytes': 512,
    'task.id': id,
    'task.name': name,
    name: 'runtime.spawn',
  };
  const outer = peer === undefined ? [] : [{ peer, name: 'serve' }];
  return {
    spawn: (s) => trace(s, host, 'TRACE', 'tokio::task', { message: 'new' }, span, outer),
    end: (s) =>
      trace(
        s,
        host,
        'TRACE',
        'tokio::task',
        { message: 'close', 'time.busy': '1.21ms', 'time.idle': '94.0ms' },
        span,
        outer,
      ),
  };
}

/** A connection of the application, with a span of its own. */
function connection(host, peer) {
  const span = { conn_id: ++ids, peer, side: 'dialer', name: 'connection' };
  return {
    open: (s) => trace(s, host, 'INFO', 'mesh::net', { message: 'new' }, span),
    close: (s) =>
      trace(s, host, 'INFO', 'mesh::net', { message: 'close', 'time.busy': '3.8ms', 'time.idle': '2.31s' }, span),
  };
}

function start(s, host) {
  churn.push({ time: stamp(s), kind: 'up', node: host });
  task(host, 'gossip.actor', 'src/gossip/actor.rs', 41).spawn(s + 0.01);
  trace(s + 0.02, host, 'INFO', 'mesh', { message: 'joined', topic: 'blocks' });
}

/** A survivor meets the newest node, and loses it when it is killed. */
function meet(s, host, peer, wave) {
  trace(s, host, 'DEBUG', 'mesh::net', { message: 'dialing', peer });
  const [link, loop] = [connection(host, peer), task(host, 'gossip.connection_loop', 'src/gossip/net.rs', 212, peer)];
  link.open(s + 0.04);
  loop.spawn(s + 0.05);
  const gone = KILL_S - 3 + 30;
  link.close(s + gone);
  // The loop awaits a channel that nobody will ever write to again.
  if (!leaks) loop.end(s + gone + 0.01);
  const known = leaks ? Array.from({ length: wave + 2 }, (_, i) => `mesh-${4 + i}`) : [`mesh-${5 + wave}`];
  trace(s + gone + 1, host, 'DEBUG', 'mesh::gauge', {
    message: 'collection',
    path: 'gossip.peers',
    size: known.length + 3,
    peers: known.join(','),
  });
}

/** What goes on all the time and ends as it should. */
function ping(s, host) {
  const pinged = task(host, '', 'src/ping.rs', 17);
  pinged.spawn(s);
  pinged.end(s + 0.08);
}

for (const host of SURVIVORS) start(0, host);
for (let wave = 0; wave < WAVES; wave++) {
  const [since, host] = [wave * WAVE_S, `mesh-${4 + wave}`];
  start(since + 1, host);
  for (const survivor of SURVIVORS) {
    meet(since + 2, survivor, host, wave);
    for (let s = 10; s < WAVE_S; s += 30) ping(since + s, survivor);
  }
  churn.push({ time: stamp(since + KILL_S), kind: 'down', node: host, reason: 'killed' });
}
start(WAVES * WAVE_S + 1, `mesh-${4 + WAVES}`);
for (const host of SURVIVORS) ping(WAVES * WAVE_S + 150, host);

lines.sort((a, b) => a.s - b.s);
mkdirSync(folder, { recursive: true });
const write = (name, values) =>
  writeFileSync(join(folder, name), values.map((value) => `${JSON.stringify(value)}\n`).join(''));
write(
  'nodes.jsonl',
  lines.map(({ line }) => line),
);
write('churn.jsonl', churn);
