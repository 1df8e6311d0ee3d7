// A process that runs the command for many lines, one after the other; prints what each gave, as JSON.
// Invariant: each line meets the whole command line, from its words to what becomes of an error; only Node is started once.
import { runCommand } from './program.ts';
import type { Ran } from './quicksoak.test.fixture.ts';

const lines = JSON.parse(process.argv[2]!) as readonly (readonly string[])[];
const { stdout, stderr } = process;
const write = stdout.write.bind(stdout);
// Each command listens for what becomes of the streams, and is the only one in a process of its own.
for (const stream of [stdout, stderr]) stream.setMaxListeners(0);

const ran: Ran[] = [];
for (const words of lines) {
  const said = { stdout: '', stderr: '' };
  stdout.write = (text) => {
    said.stdout += String(text);
    return true;
  };
  stderr.write = (text) => {
    said.stderr += String(text);
    return true;
  };
  process.exitCode = 0;
  await runCommand(words);
  ran.push({ code: Number(process.exitCode), ...said });
}
process.exitCode = 0;
write(JSON.stringify(ran));
