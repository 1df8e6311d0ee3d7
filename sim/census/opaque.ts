// The mark that stops a census walk at an object.
// Invariant: a walk never looks inside a marked object, so it cannot cross from one node's state into another's.

/**
 * Marks class instances that a walk must not enter: `get [opaque](): boolean { return true; }` in the class body.
 * Read once per prototype, so it marks a whole class; an own field of that name marks the one instance.
 */
export const opaque: unique symbol = Symbol('quicksoak.opaque');
