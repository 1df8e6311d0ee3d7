#!/usr/bin/env node
// The `quicksoak` command.
import { runCommand } from './program.ts';

await runCommand(process.argv.slice(2));
