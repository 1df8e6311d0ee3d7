// An event log as a mesh of a hundred nodes would write it, of any length, for measuring how fast logs are read.
// Invariant: the same seed gives the same bytes; it leaks tasks at one site, so that a check has something to find.
import { RandomStreams } from '../sim/index.ts';
import type { RandomStream } from '../sim/index.ts';

const NODES = 100;
/** Time from one line to the next, in microseconds. */
const STEP_US = 1000;
const WAVE_US = 180_000_000;
const KILLED_IN_A_WAVE = 5;
/** One task of so many never ends. */
const LEAKED_OF = 400;
const SITES = ['gossip.connection-loop', 'gossip.dialer', 'quic.driver', 'mesh.frame-reader', 'mesh.ping'];
const PATHS = ['gossip.peers', 'gossip.topics[*].active', 'book.addresses', 'quic.paths'];
/** When the log begins. */
const ORIGIN_MS = Date.UTC(2026, 10, 30, 20);

interface Writer {
  readonly name: string;
  readonly tasks: number[];
  readonly spans: number[];
  readonly connections: number[];
}

/** Writes lines without end. */
export class EventLogSource {
  private readonly random: RandomStream;
  private readonly nodes: Writer[] = [];
  private nowUs = 0;
  private waveUs = WAVE_US;
  private started = 0;
  private ids = 0;
  private second = -1;
  private secondText = '';

  constructor(seed: string) {
    this.random = new RandomStreams(seed).stream('event-log');
  }

  /** About so many bytes of further lines. */
  next(bytes: number): string {
    const lines: string[] = [];
    for (let length = 0; length < bytes;) {
      const line = this.line();
      lines.push(line);
      length += line.length;
    }
    return lines.join('');
  }

  private line(): string {
    this.nowUs += STEP_US;
    if (this.nodes.length < NODES) return this.start();
    if (this.nowUs >= this.waveUs) {
      const killed = this.nodes.splice(this.random.between(10, NODES - 1), 1)[0]!;
      if (this.started % KILLED_IN_A_WAVE === 0) this.waveUs += WAVE_US;
      return this.written(killed, 'down', '"reason":"killed"');
    }
    return this.event(this.nodes[this.random.between(0, NODES - 1)]!);
  }

  private start(): string {
    const node: Writer = { name: `node-${this.started++}`, tasks: [], spans: [], connections: [] };
    this.nodes.push(node);
    return this.written(node, 'up');
  }

  private event(node: Writer): string {
    const choice = this.random.between(0, 99);
    if (choice < 40) return this.openOrClose(node, node.tasks, ['task-spawned', 'task-finished'], this.site());
    if (choice < 70)
      return this.openOrClose(node, node.spans, ['span-opened', 'span-closed'], '"site":"telemetry.span","bytes":420');
    if (choice < 78)
      return this.openOrClose(
        node,
        node.connections,
        ['connection-opened', 'connection-closed'],
        this.to('"site":"quic.endpoint"'),
      );
    if (choice < 88) return this.written(node, 'wake', `"site":"quic.driver","progress":${choice % 4 === 0}`);
    if (choice < 93) return this.written(node, 'messages', `"count":${choice},"bytes":${choice * 120}`);
    if (choice < 96) return this.written(node, 'cpu', `"us":${choice * 10}`);
    if (choice < 98) return this.written(node, 'dial', this.to());
    const path = PATHS[this.random.between(0, PATHS.length - 1)]!;
    const peers = Array.from({ length: 4 }, () => `"${this.other()}"`).join(',');
    return this.written(node, 'collection', `"path":"${path}","size":4,"peers":[${peers}]`);
  }

  private openOrClose(node: Writer, open: number[], [opens, closes]: readonly [string, string], rest: string): string {
    if (open.length < 10) {
      open.push(++this.ids);
      return this.written(node, opens, `"id":${this.ids},${rest}`);
    }
    const id = open.shift()!;
    // It is forgotten, and so never ends.
    if (open === node.tasks && id % LEAKED_OF === 0) return this.written(node, 'messages');
    return this.written(node, closes, `"id":${id}`);
  }

  private site(): string {
    return `"site":"${SITES[this.random.between(0, SITES.length - 1)]!}","subject":"${this.other()}"`;
  }

  private to(before = ''): string {
    return `${before}${before === '' ? '' : ','}"subject":"${this.other()}"`;
  }

  private other(): string {
    return this.nodes[this.random.between(0, NODES - 1)]!.name;
  }

  private written(node: Writer, kind: string, fields = ''): string {
    const rest = fields === '' ? '' : `,${fields}`;
    return `{"time":"${this.time()}","node":"${node.name}","kind":"${kind}"${rest}}\n`;
  }

  private time(): string {
    const second = Math.floor(this.nowUs / 1e6);
    if (second !== this.second) {
      this.second = second;
      this.secondText = new Date(ORIGIN_MS + second * 1000).toISOString().slice(0, 19);
    }
    return `${this.secondText}.${String(this.nowUs - second * 1e6).padStart(6, '0')}Z`;
  }
}
