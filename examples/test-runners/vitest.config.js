import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['greeters.vitest-test.js'] } });
