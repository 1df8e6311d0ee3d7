// Times of log lines: RFC 3339 text to microseconds.
// Invariant: exact to the microsecond (finer digits are cut off), and the same on every machine.

/** Of the part that lines of the same minute share, as in `2026-11-30T20:41`. */
export const MINUTE_CHARACTERS = 16;
const MINUTE = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)$/;
const REST = /^:(\d\d)(?:\.(\d{1,12}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Reads the times of a log; lines of the same minute share its arithmetic. */
export class TimeReader {
  private minute = '';
  private minuteUs = 0;

  /** Microseconds since 1970, a whole number; undefined for what is no RFC 3339 time with a zone. */
  read(text: string): number | undefined {
    const minute = text.slice(0, MINUTE_CHARACTERS);
    if (minute !== this.minute) {
      const minuteUs = minuteOf(minute);
      if (minuteUs === undefined) return undefined;
      this.minute = minute;
      this.minuteUs = minuteUs;
    }
    const rest = REST.exec(text.slice(MINUTE_CHARACTERS));
    if (rest === null) return undefined;
    const [, seconds, fraction = '', sign, hours = '00', minutes = '00'] = rest;
    // 60 is a leap second, which the last microsecond of the minute stands for.
    if (Number(seconds) > 60 || Number(hours) > 23 || Number(minutes) > 59) return undefined;
    const withinUs = Math.min(Number(seconds) * 1e6 + Number(fraction.padEnd(6, '0').slice(0, 6)), 60e6 - 1);
    const offsetUs = (Number(hours) * 60 + Number(minutes)) * 60e6;
    return this.minuteUs + withinUs + (sign === '-' ? offsetUs : -offsetUs);
  }
}

function minuteOf(text: string): number | undefined {
  const parts = MINUTE.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute] = parts.slice(1).map(Number) as [number, number, number, number, number];
  const ms = Date.UTC(year, month - 1, day, hour, minute);
  // A day or an hour that there is not would become another.
  const date = new Date(ms);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60;
  return exists ? ms * 1e3 : undefined;
}

/** Microseconds since 1970 as RFC 3339 text, to the microsecond. */
export function timeText(us: number): string {
  const ms = Math.floor(us / 1e3);
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return `${us} us`;
  return `${date.toISOString().slice(0, -1)}${String(us - ms * 1e3).padStart(3, '0')}Z`;
}
