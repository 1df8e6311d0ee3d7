// The public surface of the engine.
export { QuicksoakError, SimulationError, InputError } from './errors.ts';
export { Node } from './node.ts';
export { PeerId } from './peer.ts';
export { PeerDirectory, Simulation, EVENT } from './simulation.ts';
export type { NodeEnd, Observer, RunBudget, RunOutcome } from './simulation.ts';
export { RandomStream, RandomStreams } from './random/stream.ts';
export { METER, METER_NAMES, Meters } from './meters.ts';
export type { MeterName } from './meters.ts';
export type { ReducerIo, TimerHandle } from './reducer.ts';
