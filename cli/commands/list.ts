// quicksoak list: everything that can be named.
import type { Command } from 'commander';
import { churnProfiles } from '../../sim/churn/profiles.ts';
import { unknownName } from '../../sim/input.ts';
import type { CostTable } from '../../sim/cost/table.ts';
import type { Model } from '../../models/model.ts';
import { BUILT_IN } from '../../properties/catalogue.ts';
import type { Catalogue } from '../../properties/catalogue.ts';
import { INCIDENTS } from '../../properties/incidents/index.ts';
import { SCENARIOS } from '../../properties/soak/scenario.ts';
import type { NamedScenario } from '../../properties/soak/scenario.ts';
import { settableParameters } from '../assignments.ts';
import { EXIT_MEANINGS } from '../exit-codes.ts';
import { wrapped } from '../format/evidence.ts';
import { borderless } from '../format/verdicts.ts';
import { useOption } from '../options.ts';
import { catalogueOf } from '../own-parts.ts';
import { jsonText } from '../result.ts';
import { paint, print } from '../terminal.ts';
import { VERSION } from '../version.ts';

const HELP = `
Examples:
  $ quicksoak list
  $ quicksoak list defects
  $ quicksoak list models --use ./my-model.js
  $ quicksoak list --json`;

/** Adds the command `list`. */
export function addListCommand(program: Command): void {
  program
    .command('list')
    .summary('list scenarios, incidents, models, defects, profiles, properties and exit codes')
    .description('Lists what can be named: scenarios, incidents, models, defects, profiles, properties and exit codes.')
    .argument('[section]', `one of ${Object.keys(SECTIONS).join(', ')} (default: all)`)
    .addOption(useOption())
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', HELP)
    .action(list);
}

interface ListFlags {
  readonly json?: boolean;
  readonly use?: readonly string[];
}

async function list(section: string | undefined, flags: ListFlags): Promise<void> {
  const names = Object.keys(SECTIONS);
  if (section !== undefined && !names.includes(section)) throw unknownName('section', section, names, 'list');
  const catalogue = await catalogueOf(flags.use);
  const wanted = section === undefined ? names : [section];
  if (flags.json === true) {
    const data = Object.fromEntries(wanted.map((name) => [name, SECTIONS[name]!.data(catalogue)]));
    process.stdout.write(jsonText({ version: VERSION, ...data }));
    return;
  }
  print(wanted.map((name) => `${paint.bold(name)}\n${indented(SECTIONS[name]!.text(catalogue))}`).join('\n\n'));
}

interface Section {
  data(catalogue: Catalogue): readonly unknown[];
  text(catalogue: Catalogue): string;
}

/** In the order of the print. */
const SECTIONS: Readonly<Record<string, Section>> = {
  scenarios: {
    data: scenarios,
    text: (catalogue) => pairs(scenarios(catalogue).map(({ name, summary }) => [name, summary])),
  },
  incidents: {
    data: () => INCIDENTS.map(({ name, summary, story, scenario, runs }) => ({ name, summary, story, scenario, runs })),
    text: () =>
      INCIDENTS.length === 0
        ? paint.dim('none')
        : pairs(
            INCIDENTS.map(({ name, summary, runs }) => [name, `${summary} (${runs.map(({ key }) => key).join(', ')})`]),
          ),
  },
  models: {
    data: ({ models }) =>
      models.map(({ name, summary, source, acts, defects, costs }) => ({
        name,
        summary,
        source,
        acts,
        defects: defects.map(({ id }) => id),
        costs: costs === undefined ? null : costsOf(costs),
      })),
    text: ({ models }) => models.map(modelText).join('\n'),
  },
  defects: {
    data: defects,
    text: (catalogue) => {
      const rows = defects(catalogue).map(({ id, layer, source, summary }) => [paint.cyan(id), layer, source, summary]);
      return borderless(['id', 'layer', 'source', 'summary'], rows, 2, 2);
    },
  },
  profiles: {
    data: () =>
      churnProfiles.map((profile) => ({
        name: profile.name,
        summary: profile.summary,
        parameters: profile.parameters,
        settable: settableParameters(profile),
      })),
    text: profileLines,
  },
  properties: {
    data: ({ properties }) => properties.map(({ name, summary }) => ({ name, summary })),
    text: ({ properties }) => pairs(properties.map(({ name, summary }) => [name, summary])),
  },
  'exit-codes': {
    data: () => EXIT_MEANINGS,
    text: () => pairs(EXIT_MEANINGS.map(({ code, meaning }) => [String(code), meaning])),
  },
};

/** Those that are no incidents; the name of a model of one's own stands for a scenario of it. */
function scenarios({ models }: Catalogue): NamedScenario[] {
  const incidents = new Set(INCIDENTS.map(({ name }) => name));
  const own = models
    .filter((model) => !BUILT_IN.models.includes(model))
    .map(({ name, summary }) => ({ name, summary, scenario: { name, model: name } }));
  return [...SCENARIOS.filter(({ name }) => !incidents.has(name)), ...own];
}

function modelText({ name, summary, source, acts, defects, costs }: Model): string {
  const costTexts =
    costs === undefined
      ? ['none: it charges no CPU time']
      : Object.entries(costsOf(costs)).map(([frame, us]) => `${frame} ${us} us`);
  const parts: readonly (readonly [string, readonly string[]])[] = [
    ['defects', defects.map(({ id }) => id)],
    ['acts', acts],
    ['costs', costTexts],
  ];
  return [
    `${paint.cyan(name)}  ${summary} (${source})`,
    ...parts.flatMap(([title, items]) =>
      wrapped(`${title}: ${items.join(', ') || 'none'}`, 4).map((line) => `  ${line}`),
    ),
  ].join('\n');
}

/** Microseconds by frame. */
function costsOf({ ops, us }: CostTable): Record<string, number> {
  return Object.fromEntries(ops.map((op, place) => [op, us[place]!]));
}

function defects({
  models,
}: Catalogue): { model: string; id: string; layer: string; source: string; summary: string }[] {
  return models.flatMap(({ name: model, defects }) =>
    defects.map(({ id, layer, source, summary }) => ({ model, id, layer, source, summary })),
  );
}

function profileLines(): string {
  const lines = churnProfiles.flatMap(({ name, summary, parameters }) => [
    `${paint.cyan(name)}  ${summary}`,
    ...parameters.flatMap((parameter) => {
      const text = parameter.name === 'trace' ? 'required; given by --trace <file.avt>' : parameter.summary;
      return wrapped(`${parameter.name}: ${text}`, 6).map((line) => `    ${line}`);
    }),
  ]);
  const shared = [
    '',
    'every profile: keep (first peers never touched), warmup, waves; those that end nodes: departures (in all)',
    'for --set: the unit at the end of a name may be left out, as in maxDown=5s for maxDownUs or rate=2 for ratePerSecond',
  ];
  return [...lines, ...shared].join('\n');
}

/** Names and what they are; parts of one's own may not say. */
function pairs(rows: readonly (readonly [name: string, summary: string | undefined])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .flatMap(([name, text]) => {
      const lines = wrapped(text ?? '', width + 4);
      return lines.map((line, index) => `${index === 0 ? paint.cyan(name.padEnd(width)) : ' '.repeat(width)}  ${line}`);
    })
    .join('\n');
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
