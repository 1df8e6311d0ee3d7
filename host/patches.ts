// Properties replaced on objects of the platform, and put back.
// Invariant: after `restore` every property has the very descriptor it had, in whatever order they were replaced.

/** Replaces properties and remembers what was there. */
export class Patches {
  private readonly undo: { object: object; key: PropertyKey; descriptor: PropertyDescriptor | undefined }[] = [];

  /** Gives a property a value; its other attributes stay. Absent and fixed properties are left alone. */
  replace(object: object, key: PropertyKey, make: (original: unknown) => unknown): void {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    if (descriptor?.configurable !== true) return;
    const original: unknown = Reflect.get(object, key);
    this.undo.push({ object, key, descriptor });
    Object.defineProperty(object, key, {
      value: make(original),
      writable: true,
      configurable: true,
      enumerable: descriptor.enumerable ?? false,
    });
  }

  /** Like {@link replace}, with what a getter returns. */
  replaceGetter(object: object, key: PropertyKey, make: (original: () => unknown) => () => unknown): void {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    if (descriptor?.configurable !== true || descriptor.get === undefined) return;
    // oxlint-disable-next-line typescript/unbound-method -- it is called with its receiver
    const original = descriptor.get;
    this.undo.push({ object, key, descriptor });
    Object.defineProperty(object, key, { ...descriptor, get: make(original) });
  }

  /** Puts everything back, last first. */
  restore(): void {
    for (let entry = this.undo.pop(); entry !== undefined; entry = this.undo.pop()) {
      Object.defineProperty(entry.object, entry.key, entry.descriptor!);
    }
  }
}
