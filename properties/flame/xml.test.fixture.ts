// A strict parser of the XML that pictures are made of: elements, attributes and text, nothing else.
// Invariant: what it accepts is well-formed; prologs, comments, CDATA, namespaces with prefixes are refused.

/** An element. */
export interface XmlElement {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All text directly in it. */
  readonly text: string;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const MARKUP = /<(\/?)([A-Za-z][A-Za-z0-9]*)((?: [A-Za-z][A-Za-z-]*="[^"<]*")*)(\/?)>/y;
const TEXT = /[^<]+/y;

/**
 * Parses a document.
 *
 * @throws {Error} for what is not well-formed, or beyond what this parser knows.
 */
export function parseXml(document: string): XmlElement {
  // XML 1.0, production [2] Char.
  if (!/^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u.test(document))
    throw new Error('illegal character');
  const top: OpenElement = { tag: '', attributes: new Map(), children: [], text: '' };
  const open: OpenElement[] = [top];
  for (let at = 0; at < document.length;) {
    const current = open.at(-1)!;
    TEXT.lastIndex = MARKUP.lastIndex = at;
    const [text] = TEXT.exec(document) ?? [];
    if (text !== undefined) {
      current.text += unescaped(text);
      at = TEXT.lastIndex;
      continue;
    }
    const [, closing, tag, attributes, empty] = MARKUP.exec(document) ?? [];
    if (tag === undefined) throw new Error(`not markup: ${document.slice(at, at + 80)}`);
    at = MARKUP.lastIndex;
    if (closing === '/') {
      if (current.tag !== tag || attributes !== '' || empty !== '')
        throw new Error(`</${tag}> closes <${current.tag}>`);
      open.pop();
      continue;
    }
    const element: OpenElement = { tag, attributes: attributesOf(attributes ?? ''), children: [], text: '' };
    current.children.push(element);
    if (empty === '') open.push(element);
  }
  const [root] = top.children;
  if (open.length !== 1 || root === undefined || top.children.length !== 1 || top.text.trim() !== '') {
    throw new Error('not one element');
  }
  return root;
}

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(/ ([A-Za-z-]+)="([^"]*)"/g)) {
    if (attributes.has(name)) throw new Error(`${name} twice`);
    attributes.set(name, unescaped(value));
  }
  return attributes;
}

function unescaped(text: string): string {
  if (text.includes(']]>')) throw new Error(']]> in text');
  return text.replace(/&([^;]*);?/g, (whole, name: string) => {
    const character = whole.endsWith(';') ? ENTITIES[name] : undefined;
    if (character === undefined) throw new Error(`not an entity: ${whole}`);
    return character;
  });
}
