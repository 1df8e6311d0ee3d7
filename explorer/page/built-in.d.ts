// What the bundler puts in place of these names.

/** The code of the worker. */
declare const WORKER_CODE: string;
/** What this page is, such as `quicksoak 0.1.0`. */
declare const TOOL: string;
declare module '*.css';
