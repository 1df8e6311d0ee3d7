// The wake-ups that a log tells of, in the account of tasks.
// Invariant: a run of idle wake-ups is of one task, or of one site where the task is not told.
import type { Simulation } from '../../sim/simulation.ts';
import type { SiteAccount } from '../../sim/tasks/account.ts';
import { FIELD } from './event.ts';
import type { LogEvent } from './event.ts';
import type { IdleRun, LoggedNode } from './logged-node.ts';
import { MOST_SITES, refuseSites } from './site-limit.ts';

/** Idle wake-ups that follow each other within this time are of one run, in microseconds: real clocks have no instants. */
const INSTANT_US = 1000;

/** See the file's head. */
export class WakeAccounts {
  private readonly simulation: Simulation;
  private readonly sites = new Map<string, SiteAccount>();

  constructor(simulation: Simulation) {
    this.simulation = simulation;
  }

  /** One wake-up, or so many in a row. */
  wake({ site, id, progress, count, has }: LogEvent, node: LoggedNode): void {
    const account = this.accountOf(site);
    account.polls += count;
    account.wakes += count;
    const ofTask = (has & FIELD.id) !== 0 && node.things('task').has(id);
    const key = ofTask ? id : site;
    let run = node.idleRuns.get(key);
    if (progress) {
      if (run !== undefined) run.count = 0;
      return;
    }
    account.idlePolls += count;
    if (run === undefined) node.idleRuns.set(key, (run = { count: 0, lastUs: -Infinity }));
    this.lengthen(run, count);
    this.noteIdleRun(account, run.count, node);
  }

  private lengthen(run: IdleRun, count: number): void {
    const { nowUs } = this.simulation;
    run.count = nowUs - run.lastUs <= INSTANT_US ? run.count + count : count;
    run.lastUs = nowUs;
  }

  /** Wake-ups in sums since the last such event. */
  sum({ site, count, idle, longestIdle, livelocks }: LogEvent, node: LoggedNode): void {
    const account = this.accountOf(site);
    account.polls += count;
    account.wakes += count;
    account.idlePolls += idle;
    this.noteIdleRun(account, longestIdle, node);
    if (livelocks === 0) return;
    account.livelockAtUs ??= this.simulation.nowUs;
    account.livelockOwner ??= `${site} of ${String(node.peer)}`;
    account.livelocks += livelocks;
  }

  private noteIdleRun(account: SiteAccount, length: number, node: LoggedNode): void {
    if (length <= account.longestIdleRun) return;
    account.longestIdleRun = length;
    account.longestIdleAtUs = this.simulation.nowUs;
    account.longestIdleOwner = `${account.site} of ${String(node.peer)}`;
  }

  private accountOf(site: string): SiteAccount {
    let account = this.sites.get(site);
    if (account === undefined) {
      if (this.sites.size >= MOST_SITES) refuseSites('sites', 'site');
      this.sites.set(site, (account = this.simulation.tasks.of(site)));
    }
    return account;
  }
}
