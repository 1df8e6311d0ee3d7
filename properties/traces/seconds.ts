// Virtual time in seconds, as text.
// Invariant: exact, which a floating-point number of seconds is not.

/** Exact seconds of whole microseconds, without needless zeros. */
export function seconds(us: number): string {
  const whole = Math.floor(us / 1e6);
  const digits = String(us - whole * 1e6)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return digits === '' ? String(whole) : `${whole}.${digits}`;
}
