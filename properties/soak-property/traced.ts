// Where a value comes from: every value that is drawn gets a trace, and what it is shrunk to shares it.
// Invariant: values of one draw have one trace, values of two draws two; a trace lives as long as its values.
import fc from 'fast-check';

/** An arbitrary whose values remember what they were shrunk from. */
export class Traced<Value extends object, Trace> extends fc.Arbitrary<Value> {
  private readonly inner: fc.Arbitrary<Value>;
  private readonly begin: () => Trace;
  private readonly label: (value: Value, trace: Trace) => string;
  private readonly traces = new WeakMap<Value, Trace>();

  /**
   * @param begin - Makes the trace of a value that is drawn, or that came from outside.
   * @param label - What fast-check prints in place of a value; different for different values.
   */
  constructor(inner: fc.Arbitrary<Value>, begin: () => Trace, label: (value: Value, trace: Trace) => string) {
    super();
    this.inner = inner;
    this.begin = begin;
    this.label = label;
  }

  /** The trace of a value. */
  of(value: Value): Trace {
    const known = this.traces.get(value);
    if (known !== undefined) return known;
    const trace = this.begin();
    this.mark(value, trace);
    return trace;
  }

  override generate(random: fc.Random, biasFactor: number | undefined): fc.Value<Value> {
    const drawn = this.inner.generate(random, biasFactor);
    this.mark(drawn.value, this.begin());
    return drawn;
  }

  override canShrinkWithoutContext(value: unknown): value is Value {
    return this.inner.canShrinkWithoutContext(value);
  }

  override shrink(value: Value, context: unknown): fc.Stream<fc.Value<Value>> {
    const trace = this.of(value);
    return this.inner.shrink(value, context).map((smaller) => {
      this.mark(smaller.value, trace);
      return smaller;
    });
  }

  private mark(value: Value, trace: Trace): void {
    this.traces.set(value, trace);
    Object.defineProperty(value, fc.toStringMethod, { value: () => this.label(value, trace), configurable: true });
  }
}
