// The files that --out and its like name: taken before the work, filled at once when it is done.
// Invariant: the file is either as it was or complete; nothing else is left behind, however the process ends.
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../sim/errors.ts';
import { systemErrorText } from './system-error.ts';

/** A file that is going to be written. */
export class OutputFile {
  /** As the user wrote it. */
  readonly path: string;
  private readonly target: string;
  /** Undefined for a device or a pipe, which is written as it is. */
  private readonly temporary: string | undefined;
  private readonly removeTemporary = (): void => this.discard();
  private file: number | undefined;

  /**
   * Proves that `path` can be written, by a temporary file beside it.
   *
   * @throws {InputError} `bad-out` when it cannot be.
   */
  constructor(path: string, where = '--out') {
    this.path = path;
    try {
      if (path === '') throw new Error('the path is empty');
      const existing = statSync(path, { throwIfNoEntry: false });
      if (existing?.isDirectory() === true) throw new Error('it is a directory');
      if (existing !== undefined) accessSync(path, constants.W_OK);
      // A pipe, such as /dev/stdout may be, has no name of its own.
      this.target = existing?.isFile() === true ? realpathSync(path) : path;
      this.temporary = existing === undefined || existing.isFile() ? temporaryBeside(this.target) : undefined;
      this.file = openSync(this.temporary ?? this.target, this.temporary === undefined ? 'w' : 'wx', modeOf(existing));
    } catch (cause) {
      throw refusal(`${where} ${path}`, cause);
    }
    process.once('exit', this.removeTemporary);
  }

  /** False for a device or a pipe, which is written as it comes. */
  get isFile(): boolean {
    return this.temporary !== undefined;
  }

  /**
   * Adds to what is going to be written; {@link write} with the rest puts the file in its place.
   *
   * @throws {InputError} `bad-out` when that fails (a full disk); then the place is as it was.
   */
  append(content: string): void {
    if (this.file === undefined) return;
    try {
      writeFileSync(this.file, content);
    } catch (cause) {
      this.discard();
      throw refusal(this.path, cause);
    }
  }

  /**
   * Writes the content, behind what was appended, and puts the file in its place.
   *
   * @throws {InputError} `bad-out` when that fails (a full disk); then the place is as it was.
   */
  write(content: string | Uint8Array): void {
    if (this.file === undefined) return;
    try {
      writeFileSync(this.file, content);
      if (this.temporary !== undefined) {
        fsyncSync(this.file);
        renameSync(this.temporary, this.target);
        process.off('exit', this.removeTemporary);
        closeSync(this.file);
        this.file = undefined;
      }
    } catch (cause) {
      throw refusal(this.path, cause);
    } finally {
      this.discard();
    }
  }

  /** Gives the file up; does nothing after {@link write}. */
  discard(): void {
    if (this.file === undefined) return;
    process.off('exit', this.removeTemporary);
    closeSync(this.file);
    this.file = undefined;
    if (this.temporary !== undefined) unlinkSync(this.temporary);
  }
}

function temporaryBeside(target: string): string {
  return join(dirname(target), `.${basename(target).slice(0, 200)}.${process.pid}.tmp`);
}

function modeOf(existing: Stats | undefined): number {
  return existing?.isFile() === true ? existing.mode & 0o777 : 0o666;
}

function refusal(place: string, cause: unknown): InputError {
  return new InputError('bad-out', `${place}: cannot be written: ${systemErrorText(cause)}`, { place }, cause);
}
