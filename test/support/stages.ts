import { jestCounts, playwrightCounts, type Counts } from './test-counts.ts';

/** One program to run as part of `npm test`. */
export interface Check {
  readonly title: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Reads the report that the program left at `reportFile`; without it the exit code is the one result. */
  readonly count?: (report: unknown) => Counts;
  readonly deadlineMs: number;
}

export interface Stage {
  readonly name: string;
  readonly checks: readonly Check[];
}

const minute = 60_000;
const esm = { NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' };
const once = (title: string, ...command: string[]): Check => ({ title, command, deadlineMs: 5 * minute });
const jest = (title: string, config: string, reportFile: string, env: Readonly<Record<string, string>>): Check => ({
  title,
  command: ['jest', '--config', config, '--json', '--outputFile', reportFile],
  env,
  count: jestCounts,
  deadlineMs: 10 * minute,
});

/**
 * Everything `npm test` runs, in order: cheap checks first, what needs the built plugin last.
 * @param reportOf where a check of this name leaves its report
 */
export function stages(reportOf: (name: string) => string): readonly Stage[] {
  return [
    {
      name: 'types',
      checks: [
        once('plugin types', 'tsc', '-p', 'tsconfig.json'),
        once('backend types', 'tsc', '-p', 'backend/tsconfig.json'),
        once('test types', 'tsc', '-p', 'test/tsconfig.json'),
        once('host server types', 'tsc', '-p', 'test/plugin-host/tsconfig.json'),
      ],
    },
    { name: 'lint', checks: [once('eslint', 'eslint', '.', '--max-warnings', '0')] },
    { name: 'format', checks: [once('prettier', 'prettier', '--check', '.')] },
    {
      name: 'imports',
      checks: [once('import rules', 'depcruise', '--config', '.dependency-cruiser.js', 'src', 'backend/src', 'test')],
    },
    { name: 'deadcode', checks: [once('knip', 'knip')] },
    {
      name: 'unit',
      checks: [
        jest('backend', 'backend/jest.config.js', reportOf('unit-backend'), esm),
        jest('plugin', 'jest.config.js', reportOf('unit-plugin'), {}),
      ],
    },
    {
      name: 'build',
      checks: [
        once('plugin build', 'webpack', '--config', 'webpack.config.js', '--mode', 'production'),
        // Installs the packages of both versions of Grafana when it is the first time.
        { title: 'browser host build', command: ['node', 'test/plugin-host/build.ts'], deadlineMs: 15 * minute },
        once('host types', 'tsc', '-p', 'test/plugin-host/src/tsconfig.json'),
      ],
    },
    {
      name: 'integration',
      checks: [jest('contract and integration', 'test/jest.config.js', reportOf('integration'), esm)],
    },
    {
      name: 'e2e',
      checks: [
        {
          title: 'browser journeys',
          command: ['playwright', 'test', '--config', 'test/e2e/playwright.config.ts', '--reporter=list,json'],
          env: { PLAYWRIGHT_JSON_OUTPUT_FILE: reportOf('e2e') },
          count: playwrightCounts,
          deadlineMs: 15 * minute,
        },
      ],
    },
  ];
}
