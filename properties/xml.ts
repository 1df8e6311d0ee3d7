// Text in XML: what has a meaning there is escaped, what XML 1.0 cannot hold is replaced.
// Invariant: any text at all makes well-formed XML.

/** Text of an attribute between double quotes, where a line break would become a space. */
export function xmlAttribute(text: string): string {
  return xmlContent(text.replaceAll(/\s*\n\s*/g, '; ')).replaceAll('"', '&quot;');
}

/** Text; a character that XML 1.0 cannot hold becomes U+FFFD. */
export function xmlContent(text: string): string {
  return text
    .replaceAll(/[^\t\n\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\u{FFFD}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
