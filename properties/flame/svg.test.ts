import test from 'ava';
import fc from 'fast-check';
import { HOSTILE_NAMES, stackLists, totalUs } from './stacks.test.fixture.ts';
import { plainName } from './stacks.ts';
import { flameSvg } from './svg.ts';
import { parseXml, type XmlElement } from './xml.test.fixture.ts';

const TEXT = { title: 'join storm', widthPx: 1200, durationUs: undefined };

/** The boxes of frames, as their tooltips and places. */
function boxesOf(svg: string): { tooltip: string; name: string; x: number; y: number; width: number; text: string }[] {
  const root = parseXml(svg);
  return root.children.filter(isBox).map((box) => {
    const tooltip = box.children.find(({ tag }) => tag === 'title')?.text ?? '';
    return {
      tooltip,
      name: tooltip.slice(0, tooltip.lastIndexOf(': ')),
      x: Number(box.attributes.get('x')),
      y: Number(box.attributes.get('y')),
      width: Number(box.attributes.get('width')),
      text: box.children.find(({ tag }) => tag === 'text')?.text ?? '',
    };
  });
}

function isBox({ tag }: XmlElement): boolean {
  return tag === 'svg';
}

test('a frame is as wide as its share, stands on its caller, and says so in its tooltip', (t) => {
  const svg = flameSvg(
    [
      { stack: ['actor', 'connect'], us: 750_000, count: 3 },
      { stack: ['actor', 'send'], us: 150_000.5, count: 1 },
      { stack: ['ping'], us: 99_999.5, count: 7 },
    ],
    { ...TEXT, widthPx: 1020 },
  );
  const boxes = boxesOf(svg);
  t.deepEqual(
    boxes.map(({ tooltip, x, width }) => [tooltip, x, width]),
    [
      ['all: 1,000,000 us, 100.00%', 10, 1000],
      ['actor: 900,000.5 us, 90.00%', 10, 900],
      ['connect: 750,000 us, 75.00%, 3 times', 10, 750],
      ['send: 150,000.5 us, 15.00%, 1 time', 760, 150],
      ['ping: 99,999.5 us, 10.00%, 7 times', 910, 100],
    ],
  );
  const [all, actor, connect, send, ping] = boxes.map(({ y }) => y);
  t.true(all! > actor! && actor! > connect!);
  t.is(send, connect);
  t.is(ping, actor);
});

test('the title, the total and the virtual time are said', (t) => {
  const text = textsOf(flameSvg([{ stack: ['a'], us: 1234, count: 1 }], { ...TEXT, durationUs: 60_000_000 }));
  t.deepEqual(text, ['join storm', '1,234 us of CPU in 1m of virtual time']);
  t.deepEqual(textsOf(flameSvg([], TEXT)), ['join storm', 'No CPU was charged']);
  t.deepEqual(boxesOf(flameSvg([{ stack: ['a'], us: 0, count: 4 }], TEXT)), []);
});

test('frames narrower than a tenth of a pixel are counted in a note, with all that they call', (t) => {
  const stacks = [
    { stack: ['wide'], us: 1_000_000, count: 1 },
    { stack: ['narrow', 'one'], us: 5, count: 1 },
    { stack: ['narrow', 'two'], us: 5, count: 1 },
    { stack: ['wide', 'nothing'], us: 0, count: 1 },
  ];
  const svg = flameSvg(stacks, TEXT);
  t.deepEqual(
    boxesOf(svg).map(({ name }) => name),
    ['all', 'wide'],
  );
  t.is(textsOf(svg).at(-1), '4 frames narrower than 0.1 px not drawn');
  t.is(textsOf(flameSvg(stacks.slice(0, 1), TEXT)).length, 2);
});

test('text is cut to its box, between characters', (t) => {
  const width = (name: string, us: number): string => {
    const boxes = boxesOf(
      flameSvg(
        [
          { stack: [name], us, count: 1 },
          { stack: ['~'], us: 1000 - us, count: 1 },
        ],
        TEXT,
      ),
    );
    return boxes.find((box) => box.name === name)!.text;
  };
  t.is(width('endpoint.connect', 500), 'endpoint.connect');
  t.is(width('endpoint.connect', 80), 'endpoint.c..');
  t.is(width('endpoint.connect', 10), '');
  t.is(width('🦔'.repeat(20), 80), `${'🦔'.repeat(10)}..`);
});

test('hostile names are escaped in text and tooltip', (t) => {
  for (const name of HOSTILE_NAMES) {
    const svg = flameSvg([{ stack: [name, 'leaf'], us: 10, count: 1 }], { ...TEXT, title: name, widthPx: 20_000 });
    const root = parseXml(svg);
    t.deepEqual(new Set(everyTag(root)), new Set(['svg', 'rect', 'text', 'title']), name);
    const box = boxesOf(svg)[1]!;
    t.is(box.name, plainName(name));
    t.is(box.text, plainName(name));
    t.is(textsOf(svg)[0], plainName(name));
  }
});

test('a picture is well-formed, static and self-contained, and its children lie within their parents', (t) => {
  fc.assert(
    fc.property(stackLists, fc.integer({ min: 200, max: 3000 }), (stacks, widthPx) => {
      const svg = flameSvg(stacks, { ...TEXT, widthPx });
      const root = parseXml(svg);
      t.is(root.attributes.get('xmlns'), 'http://www.w3.org/2000/svg');
      for (const tag of everyTag(root)) t.true(['svg', 'rect', 'text', 'title'].includes(tag));
      for (const name of everyAttribute(root)) t.notRegex(name, /^on|href|style/);
      const height = Number(root.attributes.get('height'));
      for (const { x, y, width } of boxesOf(svg)) {
        t.true(x >= 10 && x + width <= widthPx - 10 + 0.02);
        t.true(y >= 40 && y < height);
      }
      t.is(boxesOf(svg).length > 0, totalUs(stacks) > 0);
      t.deepEqual(flameSvg(stacks.toReversed(), { ...TEXT, widthPx }), svg);
    }),
    { seed: 24, numRuns: 200 },
  );
});

test('a stack of ten thousand frames is drawn', (t) => {
  const stack = Array.from({ length: 10_000 }, (_, depth) => `f${depth}`);
  t.is(boxesOf(flameSvg([{ stack, us: 1, count: 1 }], TEXT)).length, 10_001);
});

test('a colour follows from the name', (t) => {
  const fills = (names: string[]): (string | undefined)[] =>
    parseXml(
      flameSvg(
        names.map((name) => ({ stack: [name], us: 1, count: 1 })),
        TEXT,
      ),
    )
      .children.filter(isBox)
      .slice(1)
      .map((box) => box.children.find(({ tag }) => tag === 'rect')?.attributes.get('fill'));
  t.deepEqual(fills(['a', 'b', 'c']), [...fills(['a']), ...fills(['b']), ...fills(['c'])]);
  t.true(new Set(fills(Array.from('abcdefghij'))).size > 8);
  for (const fill of fills(Array.from('abcdefghij'))) t.regex(fill ?? '', /^#[0-9a-f]{6}$/);
});

function textsOf(svg: string): string[] {
  return parseXml(svg)
    .children.filter(({ tag }) => tag === 'text')
    .map(({ text }) => text);
}

function everyTag(element: XmlElement): string[] {
  return [element.tag, ...element.children.flatMap(everyTag)];
}

function everyAttribute(element: XmlElement): string[] {
  return [...element.attributes.keys(), ...element.children.flatMap(everyAttribute)];
}
