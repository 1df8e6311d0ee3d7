// The entry of the page: a report when data of runs stands in it, the live explorer otherwise.
// Invariant: whatever the address or the data are, the page comes up, and says in a sentence what it cannot read.
import { effect } from '@preact/signals';
import { render } from 'preact';
import { InputError } from '../../sim/errors.ts';
import { unpackRuns } from '../../properties/view/run-file.ts';
import '../theme.css';
import './page.css';
import { App } from './app.tsx';
import { Desk } from './desk.ts';
import { tabTitle } from './tab-title.ts';
import { followTheme } from '../theme.ts';

followTheme();
const desk = new Desk(startWorker, TOOL);
begin();
render(<App desk={desk} />, document.getElementById('page')!);
effect(() => {
  document.title = tabTitle(desk.exploration.runs.value[0]?.data.value);
});

function begin(): void {
  const text = document.getElementById('run-data')?.textContent?.trim() ?? '';
  try {
    if (text !== '') desk.showFinished(unpackRuns(text));
  } catch (error) {
    desk.mistake.value = error instanceof InputError ? error.message : String(error);
  }
  desk.followAddress();
}

/** A worker of the code that came with the page. */
function startWorker(): Worker {
  const address = URL.createObjectURL(new Blob([WORKER_CODE], { type: 'text/javascript' }));
  const worker = new Worker(address);
  // The worker reads its code before anything else can happen to the address.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  return worker;
}
