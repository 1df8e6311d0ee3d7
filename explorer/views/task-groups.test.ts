import test from 'ava';
import { tasksByPath } from './task-groups.ts';

test('tasks of one path are counted together, the most numerous first, with the age of the oldest', (t) => {
  const task = (path: string, ageUs: number, awaits: string) => ({ path, subject: '', ageUs, standing: '', awaits });
  t.deepEqual(tasksByPath([task('a', 5, 'sleep'), task('b', 1, 'recv'), task('b', 9, 'join'), task('b', 3, 'recv')]), [
    { path: 'b', count: 3, oldestUs: 9, awaits: 'join' },
    { path: 'a', count: 1, oldestUs: 5, awaits: 'sleep' },
  ]);
  t.deepEqual(tasksByPath([]), []);
});
