// A node of a reducer of one's own: hands each input to the handler, in place or recorded, and is the handler's io.
// Invariant: the handler's code is the same in both modes, and what it sends, arms and draws is the same.
import { InputError } from '../../sim/errors.ts';
import { trueDelayUs } from '../../sim/network/clocks.ts';
import type { PeerId } from '../../sim/peer.ts';
import { recordStep } from '../../sim/recording/step.ts';
import type { Recorder } from '../../sim/recording/timeline.ts';
import type { TimerHandle } from '../../sim/reducer.ts';
import type { ActArgs, ModelIo, Tagged } from './contract.ts';
import { payloadClass, sealed } from './messages.ts';
import { describeInput, OwnNode } from './own-node.ts';
import type { Input, Life } from './own-node.ts';
import { errorOfAuthor } from './shared.ts';
import type { Shared } from './shared.ts';

type Io = ModelIo<Tagged, Tagged, unknown>;

/** The handler that the author of a reducer wrote. */
export type Handle = (state: object, input: Input, io: Io) => unknown;

/** One running node. */
export class ReducerNode extends OwnNode implements Io {
  private readonly handle: Handle;
  private readonly recorder: Recorder | undefined;

  constructor(shared: Shared<unknown>, life: Life, handle: Handle) {
    super(shared, life);
    this.handle = handle;
    this.recorder = life.recorder;
  }

  begin(): void {
    this.take({ kind: 'start' });
  }

  act(act: string, args: ActArgs): boolean {
    return this.take({ kind: 'act', act, args });
  }

  get canBroadcast(): boolean {
    return true;
  }

  broadcast(id: string, content: string): void {
    this.take({ kind: 'broadcast', id, content });
  }

  leave(end: () => void): void {
    this.take({ kind: 'stop' });
    end();
  }

  die(): void {}

  override onLinkClosed(peer: PeerId): void {
    this.take({ kind: 'closed', peer });
  }

  override onTimer(timer: unknown): void {
    this.take({ kind: 'timer', timer: timer as Tagged });
  }

  setTimer(delayUs: number, timer: Tagged): TimerHandle {
    const armed = sealed(timer, this.recorder !== undefined);
    return this.simulation.setTimer(this, trueDelayUs(this.clock, delayUs), armed);
  }

  cancelTimer(handle: TimerHandle): void {
    this.simulation.cancelTimer(handle);
  }

  charge(frame: string, times = 1): void {
    const op = this.frameIndex(frame);
    const { costs } = this.simulation;
    if (costs !== undefined) this.cpuUs += costs.charge(costs.row(inputClass(this.input)), op, times);
  }

  protected messageCame(from: PeerId, message: Tagged): void {
    this.take({ kind: 'message', from, message });
  }

  /** Hands an input to the handler; false when that says that nothing was changed. */
  private take(input: Input): boolean {
    const { recorder, handle } = this;
    this.input = input;
    let returned: unknown;
    try {
      if (recorder === undefined) returned = handle(this.current, input, this);
      else {
        const step = recordStep(this.current, (draft) => {
          returned = handle(draft, input, this);
        });
        this.current = step.state;
        recorder.changed(this.serial, this.simulation.nowUs, describeInput(input), step.state, step.patches);
      }
    } catch (error) {
      throw errorOfAuthor(error, this.shared.name, 'handle', this, describeInput(input));
    }
    if (typeof returned === 'object' && returned !== null) this.refuseReturned(returned);
    this.tellNeighbours();
    return returned !== false;
  }

  private refuseReturned(returned: object): never {
    const { name } = this.shared;
    const what = 'then' in returned ? 'a promise' : 'an object';
    const message = `model ${JSON.stringify(name)}: handle returned ${what} at ${describeInput(this.input)}, expected nothing: it changes the state in place and awaits nothing`;
    throw new InputError('bad-handler', message, { model: name });
  }
}

/** Such as `message.ping`: the frame under which the cost of an input is told, and one of few. */
function inputClass(input: Input): string {
  switch (input.kind) {
    case 'message':
      return `message.${payloadClass(input.message)}`;
    case 'timer':
      return `timer.${payloadClass(input.timer)}`;
    case 'act':
      return `act.${input.act}`;
    case 'start':
    case 'closed':
    case 'broadcast':
    case 'stop':
      return input.kind;
  }
}
