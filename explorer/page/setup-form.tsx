// The form in which a run is set up: scenario or token, seed, nodes, time, churn, defects, and what to compare it with.
// Invariant: a field that is left alone leaves the scenario as it is.
import { useComputed, useSignal } from '@preact/signals';
import { MODELS } from '../../models/registry.ts';
import { SCENARIO_LISTS, SCENARIOS } from '../../properties/soak/scenario.ts';
import { PROFILE_NAMES } from '../../properties/arbitraries/profiles.ts';
import { FIRST_SETUP, knownBase } from './desk.ts';
import type { Desk } from './desk.ts';
import { kindOf } from './setup.ts';
import type { Setup } from './setup.ts';

type Comparison = 'none' | 'without-defects' | 'hub' | 'mesh';

/** See the file's head. */
export function SetupForm({ desk, onStart }: { desk: Desk; onStart: () => void }) {
  const setup = useSignal<Setup>(desk.setups.peek()[0] ?? FIRST_SETUP);
  const comparison = useSignal<Comparison>(desk.setups.peek().length > 1 ? 'without-defects' : 'none');
  const base = useComputed(() => knownBase(setup.value));
  const model = useComputed(() => MODELS.find(({ name }) => name === (setup.value.model ?? base.value?.model)));
  const change = (part: Partial<Setup>): void => {
    const next = { ...setup.value, ...part };
    setup.value = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== '')) as unknown as Setup;
  };
  const defects = setup.value.defects ?? base.value?.defects ?? [];
  const toggle = (id: string, on: boolean): void =>
    change({ defects: on ? [...defects, id] : defects.filter((one) => one !== id) });
  const start = (event: Event): void => {
    event.preventDefault();
    desk.start(
      comparison.value === 'none' ? [setup.value] : [setup.value, comparedWith(setup.value, comparison.value)],
    );
    if (desk.mistake.value === undefined) onStart();
  };
  const kind = kindOf(setup.value.base);
  const isToken = kind === 'token';
  return (
    <form class="setup" onSubmit={start} aria-label="set up a run">
      <p class="intro">
        A peer-to-peer mesh runs under churn, in this page, and what it leaves behind is shown. Pick a scenario, or take
        the one that is there, and press Run.
      </p>
      <div class="fields">
        <label class="field">
          Scenario
          <select
            name="scenario"
            value={kind === 'name' ? setup.value.base : ''}
            onChange={({ currentTarget }) => {
              setup.value = {
                base: currentTarget.value,
                ...(setup.value.seed === undefined ? {} : { seed: setup.value.seed }),
              };
            }}
          >
            {kind !== 'name' && <option value="">{isToken ? 'from the token' : 'from the address'}</option>}
            {SCENARIO_LISTS.map(({ where, scenarios }) => (
              <optgroup key={where} label={where}>
                {scenarios.map(({ name }) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        </label>
        <Field
          name="token"
          label="or a token"
          value={isToken ? setup.value.base : ''}
          hint="qs1-…"
          onChange={(base) => (setup.value = { base: base === '' ? FIRST_SETUP.base : base.trim() })}
        />
        <Field
          name="seed"
          label="Seed"
          value={setup.value.seed}
          hint={base.value?.seed ?? '0'}
          onChange={(seed) => change({ seed })}
        />
        <Field
          name="nodes"
          label="Nodes"
          value={setup.value.nodes}
          hint={String(base.value?.nodes ?? 20)}
          onChange={(nodes) => change({ nodes })}
        />
        <Field
          name="for"
          label="Virtual time"
          value={setup.value.for}
          hint={base.value?.for ?? 'as the churn needs'}
          onChange={(time) => change({ for: time })}
        />
        <label class="field">
          Churn
          <select
            name="profile"
            value={setup.value.profile ?? ''}
            onChange={({ currentTarget }) => change({ profile: currentTarget.value })}
          >
            <option value="">its own</option>
            {PROFILE_NAMES.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          Compare with
          <select
            name="compare"
            value={comparison.value}
            onChange={({ currentTarget }) => (comparison.value = currentTarget.value as Comparison)}
          >
            <option value="none">nothing</option>
            <option value="without-defects">the same without defects</option>
            <option value="hub">the same on a hub</option>
            <option value="mesh">the same on a mesh</option>
          </select>
        </label>
      </div>
      {model.value !== undefined && (
        <fieldset>
          <legend>
            Defects of {model.value.name}, {defects.length} switched on
          </legend>
          <div class="defects">
            {model.value.defects.map(({ id, summary }) => (
              <label key={id} title={summary}>
                <input
                  type="checkbox"
                  checked={defects.includes(id)}
                  onChange={({ currentTarget }) => toggle(id, currentTarget.checked)}
                />
                {id}
              </label>
            ))}
          </div>
        </fieldset>
      )}
      <div class="actions">
        <button type="submit" class="primary">
          Run
        </button>
        <span class="summary">{SCENARIOS.find(({ name }) => name === setup.value.base)?.summary ?? ''}</span>
      </div>
    </form>
  );
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: string | undefined;
  readonly hint: string;
  readonly onChange: (value: string) => void;
}

function Field({ name, label, value, hint, onChange }: FieldProps) {
  return (
    <label class="field">
      {label}
      <input
        type="text"
        name={name}
        value={value ?? ''}
        placeholder={hint}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </label>
  );
}

function comparedWith(setup: Setup, comparison: Exclude<Comparison, 'none'>): Setup {
  return comparison === 'without-defects' ? { ...setup, defects: [] } : { ...setup, model: comparison };
}
