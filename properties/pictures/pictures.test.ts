import test from 'ava';
import { SHRUNK } from '../corpus/shrunk.ts';
import { parseXml } from '../flame/xml.test.fixture.ts';
import type { XmlElement } from '../flame/xml.test.fixture.ts';
import { judgeSoak } from '../soak/judge.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import { runDataOf } from '../view/run-data-of.ts';
import type { RunData } from '../view/run-data.ts';
import { TopologyWatch } from '../view/topology-watch.ts';
import { topologyAt } from '../view/topology.ts';
import { drawPicture, parsePicture, PICTURES } from './picture.ts';
import { roundUp, valueText } from './scale.ts';

function dataOf(name: string): RunData {
  let watch: TopologyWatch | undefined;
  const input = { ...SHRUNK['peer-topics-not-pruned']!.scenario, name, defects: ['peer-topics-not-pruned'] };
  const result = judgeSoak(resolveScenario(parseScenario(input, 'test'), 'test'), {
    twice: false,
    onStarted: ({ simulation }) => (watch = new TopologyWatch(simulation)),
  });
  return runDataOf(result, 'test', watch!.track);
}

function all(element: XmlElement): XmlElement[] {
  return [element, ...element.children.flatMap(all)];
}

test('every picture is well-formed, without script or anything from outside, whatever a scenario is called', (t) => {
  const data = dataOf('<img src=x onerror=alert(1)>" & \u0000\u202e</svg>');
  for (const name of PICTURES) {
    const text = drawPicture(data, { name, atUs: undefined });
    if (text === undefined) continue;
    const elements = all(parseXml(text));
    t.true(
      elements.every(({ tag }) => ['svg', 'rect', 'text', 'path', 'title', 'g', 'circle'].includes(tag)),
      name,
    );
    t.notRegex(text, /href|url\(|NaN|undefined|Infinity/, name);
    t.is(drawPicture(data, { name, atUs: undefined }), text, 'the same bytes again');
  }
});

test('a topology shows every live peer, and who still leads to those that are gone', (t) => {
  const data = dataOf('mesh');
  for (const atUs of [100_000_000, 400_000_000, data.endUs]) {
    const elements = all(parseXml(drawPicture(data, { name: 'topology', atUs })!));
    t.is(elements.filter(({ tag }) => tag === 'circle').length, topologyAt(data.topology, atUs).liveCount);
  }
});

test('a run without CPU has no flame graph', (t) => {
  t.is(drawPicture(dataOf('mesh'), { name: 'flame', atUs: undefined }), undefined);
});

test('a picture is asked for by its file or by its name', (t) => {
  t.deepEqual(parsePicture('out/timeline.svg', '--svg'), {
    picture: { name: 'timeline', atUs: undefined },
    path: 'out/timeline.svg',
  });
  t.deepEqual(parsePicture('topology@3m25s=a=b.svg', '--svg'), {
    picture: { name: 'topology', atUs: 205_000_000 },
    path: 'a=b.svg',
  });
  for (const [text, code] of [
    ['timelin.svg', 'unknown-picture'],
    ['heap=heap.png', 'bad-picture'],
    ['heap@3s=heap.svg', 'bad-picture'],
    ['topology@soon=a.svg', 'bad-duration'],
    ['', 'unknown-picture'],
  ] as const) {
    t.throws(() => parsePicture(text, '--svg'), { code }, text);
  }
});

test('axes end at round values that hold everything', (t) => {
  t.deepEqual([0, 0.3, 1, 1.01, 4.9, 1702, 5000].map(roundUp), [1, 0.5, 1, 2, 5, 2000, 5000]);
  t.deepEqual(
    [
      valueText(1702, 'count'),
      valueText(140_248_000, 'bytes'),
      valueText(21.53, 'per second'),
      valueText(0.0255, 'cores'),
    ],
    ['1.7k', '140 MB', '21.5/s', '0.0255 cores'],
  );
});
